"""Workers' runs as JSON: one small document a worker, and one for all that ran the same code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace

from hpt_tui.domain.provenance import Provenance, WorkerRun
from hpt_tui.store import keys
from hpt_tui.store.documents import Attributes, Document, documents, number, text


def encode_run(run: WorkerRun) -> tuple[tuple[str, Document], tuple[str, Document]]:
    """What is to be written, key and document: the provenance first, then the run that refers to it."""
    shared = asdict(run.provenance)
    digest = hashlib.sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()[:12]
    own = asdict(replace(run, provenance=Provenance()))
    del own["worker"]
    return (keys.PROVENANCE + digest, shared), (keys.RUN + run.worker, {**own, "provenance": digest})


def decode_runs(attributes: Attributes) -> Mapping[str, WorkerRun]:
    """The runs by worker."""
    shared = {digest: _provenance(value) for digest, value in documents(attributes, keys.PROVENANCE)}
    return {
        worker: WorkerRun(
            worker,
            host=text(value, "host"),
            device=text(value, "device"),
            gpu=text(value, "gpu"),
            gpu_uuid=text(value, "gpu_uuid"),
            log=text(value, "log"),
            index=text(value, "index"),
            at=number(value, "at") or 0.0,
            provenance=shared.get(text(value, "provenance"), Provenance()),
        )
        for worker, value in documents(attributes, keys.RUN)
    }


def _provenance(value: Mapping[str, object]) -> Provenance:
    packages, dirty = value.get("packages"), value.get("dirty")
    return Provenance(
        file=text(value, "file"),
        sha256=text(value, "sha256"),
        commit=text(value, "commit"),
        dirty=dirty if isinstance(dirty, bool) else None,
        python=text(value, "python"),
        cuda=text(value, "cuda"),
        packages={str(k): str(v) for k, v in packages.items()} if isinstance(packages, dict) else {},
    )
