"""What reaches the terminal while somebody watches: bytes a second at 120x40, measured with a pseudo-terminal.

    python benchmarks/bytes.py [--seconds 30] [--json] [--keep FILE]

A small process of its own reports to an SQLite study as a training does: two trials, one value a second each,
beside 12 finished trials of 100 steps. ``attach`` shows table and curves meanwhile. Then the process stands still:
the trials are silent, and only their times go on. Then both have ended, and nothing changes any more.
"""

from __future__ import annotations

import json
import math
import random
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.terminal import Terminal

STEPS, FINISHED = 100, 12
LIMITS = {"two trials report": 4_000, "silent": 4_000, "idle": 100}
"""Bytes a second that a slow line carries well: issue 3, item 8."""
OPENED = b"complete"
SETTLE = 6.0
"""Seconds that the screen is given to fill."""


def loss(step: int, dice: random.Random) -> float:
    return 2.3 * math.exp(-step / 25) + 0.2 + dice.gauss(0, 0.01)


def write(database: str) -> None:
    """Finish some trials, then report to two for ever, once a second each."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(storage=f"sqlite:///{database}", study_name="bytes", direction="minimize")
    dice = random.Random(1)
    for number in range(FINISHED + 2):
        trial = study.ask()
        trial.suggest_float("lr", 1e-4, 1e-1, log=True)
        trial.suggest_float("dropout", 0.0, 0.6)
        trial.suggest_int("batch_size", 16, 128)
        if number < FINISHED:
            for step in range(0, STEPS, 1 if number > FINISHED - 5 else 10):
                trial.report(loss(step, dice), step)
            study.tell(trial, loss(STEPS, dice))
    running = [t for t in study.get_trials(deepcopy=False) if not t.state.is_finished()]
    trials = [optuna.Trial(study, t._trial_id) for t in running]
    Path(f"{database}.ready").touch()
    for step in range(100_000):
        for trial in trials:
            time.sleep(1.0 / len(trials))
            trial.report(loss(step, dice), step)


def end(database: str) -> None:
    """Complete the trials that the writer left running."""
    import optuna

    study = optuna.load_study(storage=f"sqlite:///{database}", study_name=None)
    for trial in study.get_trials(states=[optuna.trial.TrialState.RUNNING]):
        study.tell(trial.number, 1.0)


def watched(database: str, seconds: float, writer: subprocess.Popen[bytes]) -> tuple[dict[str, float], bytes]:
    """Bytes a second while two trials report, are silent, and have ended; and the stream of the first."""
    with Terminal([sys.executable, "-m", "hpt_tui", "attach", f"sqlite:///{database}"]) as terminal:
        if terminal.read(60, until=OPENED) is None:
            raise click.ClickException("the study never came on the screen")
        terminal.read(SETTLE)
        before = len(terminal.output)
        live, cpu = terminal.measure(seconds)
        stream = b"".join(chunk for _, chunk in terminal.output[before:])
        writer.send_signal(signal.SIGSTOP)
        terminal.read(3.0)
        silent, _ = terminal.measure(seconds)
        end(database)
        terminal.read(3.0)
        idle, idle_cpu = terminal.measure(seconds)
    return {
        "two trials report": live,
        "silent": silent,
        "idle": idle,
        "CPU live": cpu,
        "CPU idle": idle_cpu,
    }, stream


def measured(seconds: float) -> tuple[dict[str, float], bytes]:
    """The same with a writer and a database of its own."""
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder) / "bytes.db")
        command = [sys.executable, __file__, "--write-to", database]
        writer = subprocess.Popen(command)
        try:
            while not Path(f"{database}.ready").exists() and writer.poll() is None:
                time.sleep(0.1)
            return watched(database, seconds, writer)
        finally:
            writer.kill()
            writer.wait()


@click.command()
@click.option("--seconds", default=30.0, show_default=True, help="How long each figure is taken.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--keep", type=click.Path(dir_okay=False), help="Write the stream of the reporting trials there.")
@click.option("--write-to", hidden=True, help="Be the writing process.")
def main(seconds: float, as_json: bool, keep: str | None, write_to: str | None) -> None:
    """Print the bytes a second, and end with 1 if there are more than the limits allow."""
    if write_to:
        warnings.simplefilter("ignore")
        return write(write_to)
    figures, stream = measured(seconds)
    if keep:
        Path(keep).write_bytes(stream)
    print(json.dumps(figures) if as_json else table(figures))
    sys.exit(any(figures[what] > limit for what, limit in LIMITS.items()))


def table(figures: dict[str, float]) -> str:
    rows = [f"{what:20} {figures[what]:8.0f} B/s   (limit {limit})" for what, limit in LIMITS.items()]
    live, idle = figures["CPU live"], figures["CPU idle"]
    rows.append(f"{'CPU':20} {live:8.1%} of a core while they report, {idle:.1%} idle")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
