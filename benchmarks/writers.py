"""Trials a second of many workers on one SQLite file, and how soon a worker that joins a big study begins.

python benchmarks/writers.py [--workers 1,8,16] [--seconds 12] [--runs 3] [--json]

Side by side, in turns: plain Optuna (``study.optimize`` on a ``sqlite:///`` URL) and the workers of hpt-tui on a
database that hpt-tui made; both with the default sampler and a MedianPruner. A trial suggests four parameters,
reports 50 values and asks ``should_prune`` after each, whose answer it ignores, so that all trials are as long.
The objective itself costs nothing: what is measured is the storage and Optuna.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.meter import ROOT
from benchmarks.synthetic import NAME, STEPS
from tests.store.synthetic import fill

OBJECTIVE = """
def objective(trial):
    x = sum(trial.suggest_float(name, -5, 5) ** 2 for name in ("a", "b", "c", "d"))
    for step in range(50):
        trial.report(x + 10 / (step + 1), step)
        trial.should_prune()
    return x
"""

JOINING = """
import json, os, time
BEGUN = float(os.environ["BENCH_BEGUN"])

def objective(trial):
    trial.suggest_float("lr", 1e-4, 1e-1, log=True)
    for name in ("momentum", "decay"):
        trial.suggest_float(name, 0.0, 1.0)
    for name in ("width", "depth"):
        trial.suggest_int(name, 1, 1000)
    trial.suggest_categorical("optimizer", ("sgd", "adamw", "lion"))
    trial.report(0.0, 0)
    now, spent, first = time.time(), time.process_time(), peak()
    for step in range(1, 20):
        trial.report(0.0, step)
        trial.should_prune()
    joining, cpu = now - float(os.environ["BENCH_IMPORTED"]), spent - float(os.environ["BENCH_CPU"])
    told = {"process": now - BEGUN, "joining": joining, "cpu": cpu, "mb": first, "mb_pruned": peak()}
    print(json.dumps(told), flush=True)
    os._exit(0)

def peak():
    # Not by getrusage: that counts in the process that started this one.
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
"""

PLAIN = """
import logging, os, sys, time
import optuna, sqlalchemy.orm, optuna.storages._rdb.models
optuna.logging.set_verbosity(optuna.logging.ERROR)
sys.path.insert(0, os.path.dirname(sys.argv[2]))
os.environ.update(BENCH_IMPORTED=str(time.time()), BENCH_CPU=str(time.process_time()))
objective = __import__(os.path.basename(sys.argv[2])[:-3]).objective
pruner = optuna.pruners.MedianPruner(5, 10)
study = optuna.load_study(study_name="bench", storage="sqlite:///" + sys.argv[1], pruner=pruner)
while True:
    try:
        study.optimize(objective)
    except Exception as error:
        print("LOST A TRIAL:", error, file=sys.stderr)
"""

OURS = """
import os, sys, time
from hpt_tui.worker.loop import run_worker
from hpt_tui.worker.options import WorkerOptions
os.environ.update(BENCH_IMPORTED=str(time.time()), BENCH_CPU=str(time.process_time()))
sys.exit(run_worker(WorkerOptions(sys.argv[2], sys.argv[1], "bench")))
"""


@contextlib.contextmanager
def _workers(
    script: str, count: int, database: Path, file: Path, state: Path
) -> Iterator[list[subprocess.Popen[bytes]]]:
    begun = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "HPT_TUI_STATE_DIR": str(state),
    }
    processes = []
    try:
        for _ in range(count):
            begun["BENCH_BEGUN"] = str(time.time())
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-c", script, str(database), str(file)],
                    env=begun,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
            )
        yield processes
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.communicate()


def _finished(database: Path) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as db:
        return int(db.execute("SELECT COUNT(*) FROM trials WHERE state = 'COMPLETE'").fetchone()[0])


def trials_per_second(ours: bool, workers: int, seconds: float, folder: Path) -> float:
    """Of ``workers`` processes together, after each has had the time to finish its first."""
    file, database = folder / "objective_file.py", folder / "study.db"
    file.write_text(OBJECTIVE)
    _make_study(ours, database, file, folder)
    with _workers(OURS if ours else PLAIN, workers, database, file, folder):
        while _finished(database) < workers:
            time.sleep(0.05)
        before, since = _finished(database), time.perf_counter()
        time.sleep(seconds)
        # A trial of plain Optuna among many takes longer than that: until each worker has finished one more.
        while (after := _finished(database)) < before + workers:
            time.sleep(0.05)
        return (after - before) / (time.perf_counter() - since)


def _make_study(ours: bool, database: Path, file: Path, folder: Path) -> None:
    if not ours:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        optuna.create_study(study_name=NAME, storage=f"sqlite:///{database}")
        return
    os.environ["HPT_TUI_STATE_DIR"] = str(folder)
    from hpt_tui.domain.description import Description
    from hpt_tui.store.address import parse_address
    from hpt_tui.store.create import create_study

    # A budget, as `hpt-tui run` sets one: it costs a lock at each new trial.
    create_study(parse_address(str(database)), Description(NAME, str(file), "objective"), name=NAME, budget=10**6)


def joining(ours: bool, trials: int, folder: Path) -> dict[str, float]:
    """How a worker's first trial begins on a study of ``trials`` x 50 steps: ``process``, the seconds from the
    process's start to the trial's first report; ``joining``, the same without the imports; ``cpu``, the seconds of
    a core in that; ``mb``, the peak of its memory by then, and ``mb_pruned`` after ten steps were judged.
    """
    file, database = folder / "joining_file.py", folder / "study.db"
    file.write_text(JOINING)
    _make_study(ours, database, file, folder)
    with contextlib.closing(sqlite3.connect(database)) as db:
        fill(db, trials, STEPS)
        db.commit()
    with _workers(OURS if ours else PLAIN, 1, database, file, folder) as (process,):
        assert process.stdout is not None
        lines = process.stdout.read().decode().splitlines()
    answer: dict[str, float] = json.loads(lines[-1])
    return answer


@dataclass(frozen=True, slots=True)
class Rates:
    """Trials a second of pairs of runs."""

    plain: list[float]
    hpt_tui: list[float]
    ratio: float
    """The median of the pairs'."""


def measure_writing(workers: Sequence[int], seconds: float, runs: int) -> dict[str, Rates]:
    figures: dict[str, Rates] = {}
    for count in workers:
        rates: dict[bool, list[float]] = {False: [], True: []}
        for _ in range(runs):
            for ours in (False, True):
                with tempfile.TemporaryDirectory() as folder:
                    rates[ours].append(trials_per_second(ours, count, seconds, Path(folder)))
        ratio = statistics.median(b / a for a, b in zip(rates[False], rates[True], strict=True))
        figures[str(count)] = Rates(rates[False], rates[True], ratio)
        shown = " ".join(f"{a:.1f}/{b:.1f}" for a, b in zip(rates[False], rates[True], strict=True))
        click.echo(f"{count:3} workers  trials/s, plain/hpt-tui: {shown}   median ratio {ratio:.1f}x", err=True)
    return figures


def measure_joining(trials: int) -> dict[str, dict[str, float]]:
    figures = {}
    for ours in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            told = joining(ours, trials, Path(folder))
        figures["hpt_tui" if ours else "plain"] = told
        click.echo(
            f"joining {trials} x 50, {'hpt-tui' if ours else 'plain  '}: {told['joining']:.2f} s "
            f"({told['cpu']:.2f} s of CPU; {told['process']:.2f} s with the imports), {told['mb']:.0f} MB, "
            f"{told['mb_pruned']:.0f} MB once the pruner has looked",
            err=True,
        )
    return figures


@click.command()
@click.option("--workers", default="1,8,16", show_default=True, help="How many at once, each in turn.")
@click.option("--seconds", default=12.0, show_default=True, help="Of each run, after the first trials.")
@click.option("--runs", default=3, show_default=True, help="Pairs of runs of each.")
@click.option("--trials", default=10_000, show_default=True, help="Of the study that is joined; 0: leave it out.")
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON on stdout.")
def main(workers: str, seconds: float, runs: int, trials: int, as_json: bool) -> None:
    """Print the ratios."""
    figures = {
        "writing": {
            count: asdict(rates)
            for count, rates in measure_writing([int(n) for n in workers.split(",") if n], seconds, runs).items()
        },
        "joining": measure_joining(trials) if trials else {},
    }
    if as_json:
        click.echo(json.dumps(figures))


if __name__ == "__main__":
    main()
