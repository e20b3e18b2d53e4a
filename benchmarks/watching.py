"""What watching costs those who write: eight plain Optuna workers on one SQLite file, watched and not, by turns.

    python benchmarks/watching.py [--pairs 50] [--seconds 2] [--long 60] [--cases rollback,wal,…] [--json]

The workers never stop, and a session in a process of its own ticks once a second in every other window of time, as
the screen's background thread does; in the windows between it rests. So both sides of a pair meet the same file,
workers and (nearly) the same neighbours. Then the real screen in a terminal, for one long window.
"""

from __future__ import annotations

import contextlib
import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.meter import environment
from benchmarks.plain_workers import STUDY, Case, Report, workers
from benchmarks.terminal import Terminal

LIMIT = 0.97
"""Of the reports a second without a watcher: issue 3, item 6."""
REFRESH, SHORT = 1.0, 10.0
"""Seconds between two ticks; and of the windows without a screen before and after the long one with it."""
CASES = {
    "rollback": Case(wal=False, pruner=False),
    "wal": Case(wal=True, pruner=False),
    "rollback+pruner": Case(wal=False, pruner=True),
    "wal+pruner": Case(wal=True, pruner=True),
}


@dataclass(frozen=True, slots=True)
class Window:
    """Some seconds of the workers' life."""

    watched: bool
    start: float
    end: float

    def holds(self, report: Report) -> bool:
        return self.start <= report.at < self.end


@dataclass(frozen=True, slots=True)
class Result:
    """Of one case."""

    free: tuple[float, ...]
    """Reports a second of all workers in each window without a watcher."""
    watched: tuple[float, ...]
    """And in each window with one."""
    cpu: float
    """The watcher's share of one core while it watches."""
    locked: tuple[int, int]
    """How often a worker was told that the database is locked: in windows without a watcher, and with one."""
    other: int
    """Other errors of the storage."""
    worst: tuple[float, float]
    """Seconds of the slowest report, likewise."""
    trouble: int
    """Ticks in which the watcher could not read."""

    @property
    def ratios(self) -> list[float]:
        """Of each watched window and the mean of the free ones around it."""
        return [2 * w / (a + b) for a, w, b in zip(self.free[:-1], self.watched, self.free[1:], strict=True)]

    @property
    def ratio(self) -> float:
        """The median."""
        return statistics.median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """Between which the median of as many ratios falls nine times out of ten (bootstrap)."""
        return nine_of_ten(self.ratios)

    @property
    def noise(self) -> tuple[float, float]:
        """The same of free windows against the free ones around them: what "no difference" looks like here."""
        sides = zip(self.free[:-2], self.free[1:-1], self.free[2:], strict=True)
        return nine_of_ten([2 * middle / (a + b) for a, middle, b in sides])


def nine_of_ten(ratios: Sequence[float]) -> tuple[float, float]:
    if not ratios:
        return math.nan, math.nan
    dice = random.Random(0)
    medians = sorted(statistics.median(dice.choices(ratios, k=len(ratios))) for _ in range(2000))
    return medians[100], medians[-101]


def watch(path: str, seconds: float, start: float) -> None:
    """Be a watcher in the odd windows of ``seconds`` after ``start``. Prints what it could not read; and at each
    window's end its CPU seconds in it."""
    from hpt_tui.session import Session, Terms
    from hpt_tui.store.address import parse_address

    session = Session(parse_address(path), STUDY, Terms(steering=False))
    cpu = time.process_time()
    while True:
        window, within = divmod(time.monotonic() - start, seconds)
        if window % 2 == 0:
            print(f"cpu {time.process_time() - cpu}", flush=True)
            time.sleep(seconds - within)
            cpu = time.process_time()
            continue
        frame = session.tick()
        if frame.trouble:
            print(frame.trouble, flush=True)
        if not frame.more:
            time.sleep(REFRESH)


@contextlib.contextmanager
def watcher(path: Path, seconds: float, start: float) -> Iterator[list[str]]:
    """A watching process; the list is what it said, once it has ended."""
    lines: list[str] = []
    with tempfile.TemporaryFile("w+") as said:
        command = [sys.executable, __file__, "--watch", str(path), str(seconds), str(start)]
        process = subprocess.Popen(command, stdout=said, env=environment())
        try:
            yield lines
            if process.poll() is not None:
                raise RuntimeError("the watcher has ended")
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        lines += said.read().splitlines()


def with_session(case: Case, pairs: int, seconds: float, where: str | None = None) -> Result:
    """``pairs`` windows with a session, each between two without, on a file in a new folder in ``where``."""
    with tempfile.TemporaryDirectory(dir=where) as folder:
        path = Path(folder) / "study.db"
        with workers(path, case) as reports:
            start = time.monotonic() + seconds
            with watcher(path, seconds, start) as said:
                time.sleep(seconds * (2 * pairs + 2))
    windows = [Window(n % 2 == 1, start + n * seconds, start + (n + 1) * seconds) for n in range(2 * pairs + 1)]
    took = [float(line.split()[1]) for line in said if line.startswith("cpu ")]
    trouble = len(said) - len(took)
    # The first is of opening.
    return _result(windows, reports, sum(took[1:]) / (pairs * seconds), trouble)


def with_screen(case: Case, seconds: float, where: str | None = None) -> Result:
    """One window with the screen in a terminal, between two short ones without."""
    windows = []
    with tempfile.TemporaryDirectory(dir=where) as folder:
        path = Path(folder) / "study.db"
        with workers(path, case) as reports:
            windows.append(_alone(SHORT))
            with Terminal([sys.executable, "-m", "hpt_tui", "attach", f"sqlite:///{path}"]) as terminal:
                start = time.monotonic()
                _, cpu = terminal.measure(seconds)
                windows.append(Window(True, start, time.monotonic()))
                if not psutil.pid_exists(terminal.process.pid) or terminal.process.poll() is not None:
                    raise RuntimeError("the screen has ended")
            windows.append(_alone(SHORT))
    return _result(windows, reports, cpu, 0)


def _alone(seconds: float) -> Window:
    start = time.monotonic()
    time.sleep(seconds)
    return Window(False, start, time.monotonic())


def _result(windows: Sequence[Window], reports: Sequence[Report], cpu: float, trouble: int) -> Result:
    within = [[report for report in reports if window.holds(report)] for window in windows]
    rates = [
        sum(not report.problem for report in inside) / (window.end - window.start)
        for inside, window in zip(within, windows, strict=True)
    ]
    locked = [sum("locked" in report.problem for report in inside) for inside in within]
    slowest = [max((report.took for report in inside), default=0.0) for inside in within]
    return Result(
        free=tuple(rates[::2]),
        watched=tuple(rates[1::2]),
        cpu=cpu,
        locked=(sum(locked[::2]), sum(locked[1::2])),
        other=sum(bool(r.problem) and "locked" not in r.problem for r in reports),
        worst=(max(slowest[::2]), max(slowest[1::2])),
        trouble=trouble,
    )


def told(name: str, result: Result) -> str:
    low, high = result.spread
    quiet = "{:.3f}-{:.3f}".format(*result.noise)
    return (
        f"{name:22} {statistics.median(result.free):7.0f} {statistics.median(result.watched):8.0f} "
        f"{result.ratio:7.3f} ({low:.3f}-{high:.3f})  no watcher at all {quiet}  "
        f"watcher {result.cpu:5.1%} of a core  slowest {result.worst[0]:.2f}/{result.worst[1]:.2f} s  "
        f"locked {result.locked[0]}/{result.locked[1]}  other errors {result.other}  unread {result.trouble}"
    )


def measured(
    names: Sequence[str], pairs: int, seconds: float, long: float, where: str | None = None
) -> dict[str, Result]:
    """By case; and the screen's long window last, on the first case. Told on stderr as it comes."""
    click.echo(f"{'':22} {'free':>7} {'watched':>8} {'ratio':>7}   reports a second, medians", err=True)
    results = {}
    for name in names:
        results[name] = with_session(CASES[name], pairs, seconds, where)
        click.echo(told(name, results[name]), err=True)
    if long:
        name = f"{names[0]}, screen {long:.0f} s"
        results[name] = with_screen(CASES[names[0]], long, where)
        click.echo(told(name, results[name]), err=True)
    return results


@click.command()
@click.option("--pairs", default=50, show_default=True, help="Watched windows of each case.")
@click.option(
    "--seconds", default=2.0, show_default=True, help="Of each window: short, as neighbours come and go."
)
@click.option("--long", default=60.0, show_default=True, help="Seconds of the screen's window; 0: leave it out.")
@click.option("--cases", default=",".join(CASES), show_default=True)
@click.option("--where", type=click.Path(exists=True, file_okay=False), help="Whose disk; in memory: /dev/shm.")
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON on stdout.")
@click.option("--watch", "watched", nargs=3, hidden=True, help="Be a watcher.")
def main(
    pairs: int,
    seconds: float,
    long: float,
    cases: str,
    where: str | None,
    as_json: bool,
    watched: tuple[str, str, str] | None,
) -> None:
    """Print a line a case, and end with 1 if a worker met a locked database while it was watched."""
    if watched:
        path, every, start = watched
        return watch(path, float(every), float(start))
    results = measured(cases.split(","), pairs, seconds, long, where)
    if as_json:
        click.echo(json.dumps({name: asdict(result) for name, result in results.items()}))
    sys.exit(any(result.locked[1] for result in results.values()))


if __name__ == "__main__":
    main()
