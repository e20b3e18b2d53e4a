"""The first trial waits for ever for a data loader's process that hands nothing over."""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import Connection

import optuna


def load(_end: Connection) -> None:
    time.sleep(10_000)


def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", 0.0, 1.0)
    if trial.number == 0:
        ours, theirs = multiprocessing.Pipe()
        loader = multiprocessing.get_context("fork").Process(target=load, args=(theirs,), daemon=True)
        loader.start()
        trial.set_user_attr("loader", loader.pid)
        return float(ours.recv())
    for _ in range(2000):
        time.sleep(0.05)
    return x
