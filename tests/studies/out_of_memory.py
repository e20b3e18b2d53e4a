"""Runs out of memory: for real, under a limit of its own; or with others beside it, as a GPU does.

``OOM=real`` asks for more address space than the process may have. ``OOM=shared`` fails while the folder
``OOM_PLACE`` holds the file of another process that trains.
"""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import optuna


class OutOfMemoryError(RuntimeError):
    """Called like torch's."""


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -1.0, 1.0)
    if os.environ["OOM"] == "real":
        before = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, before[1]))
        try:
            return float(len(bytearray(1 << 40)))
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)
    return _beside_others(trial, x)


def _beside_others(trial: optuna.Trial, x: float) -> float:
    place = Path(os.environ["OOM_PLACE"])
    mine = place / str(os.getpid())
    mine.touch()
    try:
        for step in range(30):
            if len([*place.iterdir()]) > 1 and os.environ.get("OOM_LARGE"):
                raise OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB (GPU 0; 139.72 GiB total)")
            time.sleep(0.05)
            trial.report(x, step)
        return x
    finally:
        mine.unlink()
