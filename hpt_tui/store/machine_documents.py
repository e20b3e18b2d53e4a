"""What a study says of machines: how many workers each is to have, on which of its GPUs.

The keys are those of :mod:`hpt_tui.store.keys`, and come as ``prefix``.
"""

from __future__ import annotations

from collections.abc import Mapping

from hpt_tui.domain.machine import MOST_PER_GPU, Packing
from hpt_tui.domain.snapshot import Crew
from hpt_tui.store.documents import Attributes, documents, number, text


def decode_crews(attributes: Attributes, prefix: str) -> Mapping[str, Crew]:
    return {host: crew for host, value in documents(attributes, prefix) if (crew := _crew(value))}


def decode_packings(attributes: Attributes, prefix: str) -> Mapping[str, Packing]:
    return {host: _packing(value) for host, value in documents(attributes, prefix)}


def _crew(value: Mapping[str, object]) -> Crew | None:
    workers = number(value, "workers")
    if workers is None or not 0 <= workers <= 1024:
        return None
    return Crew(int(workers), number(value, "at") or 0.0, value.get("validating") is True)


def _packing(value: Mapping[str, object]) -> Packing:
    gpus, per_gpu = value.get("gpus"), number(value, "per_gpu")
    names = tuple(x for x in gpus if isinstance(x, str)) if isinstance(gpus, list) else ()
    fits = per_gpu is not None and 1 <= per_gpu <= MOST_PER_GPU
    return Packing(names, int(per_gpu) if fits and per_gpu else None, number(value, "at") or 0.0)


def decode_drained(attributes: Attributes, prefix: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for _, value in documents(attributes, prefix):
        if value.get("on") is True and (host := text(value, "host")) and (gpu := text(value, "gpu")):
            found.setdefault(host, set()).add(gpu)
    return {host: frozenset(gpus) for host, gpus in found.items()}
