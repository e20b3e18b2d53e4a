"""Plain Optuna workers on one SQLite file, and a record of each of their reports.

They suggest four parameters, report 50 values a trial and ignore what a pruner says, so that all trials are alike.
"""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.meter import ROOT, environment

STUDY, STEPS, WORKERS = "bench", 50, 8


@dataclass(frozen=True, slots=True)
class Case:
    wal: bool
    pruner: bool
    """Whether the default pruner is asked after each report (the CPU is the limit), or none (the lock is)."""


@dataclass(frozen=True, slots=True)
class Report:
    at: float
    took: float
    problem: str = ""


@contextlib.contextmanager
def workers(path: Path, case: Case) -> Iterator[list[Report]]:
    """Workers on a new study at ``path``; the list is filled with their reports once they have ended."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    optuna.create_study(study_name=STUDY, storage=f"sqlite:///{path}")
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA journal_mode={'WAL' if case.wal else 'DELETE'}")
    reports: list[Report] = []
    logs = [path.with_suffix(f".{number}") for number in range(WORKERS)]
    command = [sys.executable, "-m", "benchmarks.plain_workers", str(path), "pruner" if case.pruner else "none"]
    children = []
    try:
        for log in logs:
            with log.open("wb") as out, path.with_suffix(".errors").open("ab") as errors:
                one = {**environment(), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
                children.append(subprocess.Popen(command, stdout=out, stderr=errors, env=one, cwd=ROOT))
        while not all(log.stat().st_size for log in logs):
            _need(children, path)
            time.sleep(0.1)
        yield reports
        _need(children, path)
    finally:
        for child in children:
            child.kill()
            child.wait()
    for log in logs:
        reports += [_parsed(line) for line in log.read_text().splitlines()[:-1]]


def _need(children: list[subprocess.Popen[bytes]], path: Path) -> None:
    if any(child.poll() is not None for child in children):
        raise RuntimeError(f"a worker has ended:\n{path.with_suffix('.errors').read_text()}")


def _parsed(line: str) -> Report:
    at, took, *problem = line.split(" ", 2)
    return Report(float(at), float(took), *problem)


def work(path: str, pruner: str) -> None:
    """Report for ever, and print a line for each report: when, the seconds it took, and what was wrong."""
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    judge = optuna.pruners.MedianPruner() if pruner == "pruner" else optuna.pruners.NopPruner()

    def objective(trial: optuna.Trial) -> float:
        at = sum(trial.suggest_float(name, -5, 5) ** 2 for name in ("a", "b", "c", "d"))
        for step in range(STEPS):
            before = time.monotonic()
            trial.report(at + 10 / (step + 1), step)
            after = time.monotonic()
            print(f"{after} {after - before}")
            if pruner == "pruner":
                trial.should_prune()
        return at

    while True:
        try:
            optuna.load_study(study_name=STUDY, storage=f"sqlite:///{path}", pruner=judge).optimize(objective)
        except (optuna.exceptions.OptunaError, SQLAlchemyError, OSError) as error:
            print(f"{time.monotonic()} 0 {error.__cause__ or error}".replace("\n", " "))


if __name__ == "__main__":
    work(*sys.argv[1:])
