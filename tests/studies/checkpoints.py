"""Ten steps that go on from a checkpoint; the first time, its process is killed after the fifth."""

from __future__ import annotations

import os
import signal
import time

import optuna

import hpt_tui

STEPS, FATAL = 10, 4


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -1.0, 1.0)
    folder = hpt_tui.checkpoint_dir(trial, os.environ["CHECKPOINTS"])
    state = folder / "state"
    for step in range(hpt_tui.next_step(trial), STEPS):
        before = int(state.read_text()) if state.exists() else 0
        state.write_text(str(before + 1))
        trial.report(before, step)
        hpt_tui.log(step, loss=before)
        if step == FATAL:
            # The storage gets what waits every half second.
            time.sleep(1.5)
            os.kill(os.getpid(), signal.SIGKILL)
    return x
