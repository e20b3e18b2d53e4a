"""The JSON of a search by hand: one document of the loop, and one for each of its trials."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.space import ParamValue
from hpt_tui.store.documents import Attributes, Document, documents, number, text, whole


def encode_manual(loop: ManualLoop) -> Document:
    """Without its runs, each of which has a document of its own."""
    return {
        "parameter": loop.parameter,
        "start": loop.start,
        "base": dict(loop.base),
        "most": loop.most,
        "on": loop.on,
        "at": loop.at,
        "first": loop.first,
    }


def encode_manual_run(loop: float, step: int, value: float) -> Document:
    """``loop``: when the loop was begun. ``step``: the run's place, from 1 on. ``value``: of its parameter."""
    return {"loop": loop, "step": step, "value": value}


def decode_manual(attributes: Attributes, key: str, of_trial: str) -> ManualLoop | None:
    """The newest loop, also one that is over. ``key`` is its own, ``of_trial`` what that of a run begins with."""
    value = attributes.get(key)
    if not isinstance(value, dict) or not (parameter := text(value, "parameter")):
        return None
    start, at, base = number(value, "start"), number(value, "at"), value.get("base")
    if start is None or at is None:
        return None
    loop = ManualLoop(
        parameter,
        start,
        _params(base if isinstance(base, dict) else {}),
        most=max(1, whole(value, "most") or 1),
        on=value.get("on") is True,
        at=at,
        first=whole(value, "first"),
    )
    runs = {} if loop.first is None else {loop.first: loop.start}
    for name, run in documents(attributes, of_trial):
        asked = number(run, "value")
        if _is_number(name) and number(run, "loop") == at and asked is not None:
            runs[int(name)] = asked
    return replace(loop, runs=dict(sorted(runs.items())))


def _params(base: dict[str, object]) -> dict[str, ParamValue]:
    return {k: v for k, v in base.items() if v is None or isinstance(v, bool | int | float | str)}


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 19
