"""Trial #2 hangs where no signal is heard: in C, holding Python's own lock, as a broken extension does. A file
says when."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

import optuna


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", 0.0, 1.0)
    trial.report(x, 0)
    if trial.number == 2:
        Path(os.environ["HPT_TUI_STATE_DIR"], "hangs").touch()
        sum(itertools.repeat(0))
    for step in range(1, 2000):
        time.sleep(0.05)
        trial.report(x, step)
    return x
