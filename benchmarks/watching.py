"""What watching costs those who write: eight plain Optuna workers on one SQLite file, watched and not, by turns.

    python benchmarks/watching.py [--pairs 5] [--seconds 12] [--long 60] [--cases rollback,wal,…] [--json]

The workers never stop; in every other window of time a session watches them once a second, as the screen's
background thread does, from a process of its own. So both sides of a pair meet the same file, workers and (nearly)
the same neighbours. Then one long window of the real screen in a terminal. "Noise" is the spread of the same ratio
between neighbouring windows that nobody watched.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import click
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.meter import environment
from benchmarks.plain_workers import STUDY, WORKERS, Case, Report, workers
from benchmarks.terminal import Terminal

SETTLE = 2.5
"""Seconds after a watcher came or went that are not counted."""
PATIENCE = 5.0
"""Seconds that a worker waits for the lock: the default of Python's sqlite3, which Optuna leaves as it is."""
LIMIT = 0.97
"""Of the reports a second without a watcher: issue 3, item 6."""


CASES = {
    "rollback": Case(wal=False, pruner=False),
    "wal": Case(wal=True, pruner=False),
    "rollback+pruner": Case(wal=False, pruner=True),
    "wal+pruner": Case(wal=True, pruner=True),
}


Watching: TypeAlias = tuple[Callable[[float], float], list[str]]
"""Waiting for seconds with it gives its share of a core; when it has ended, the list is what it could not read."""
Watcher: TypeAlias = Callable[[Path], contextlib.AbstractContextManager[Watching]]


def watch(path: str) -> None:
    """Be a watcher: the screen's background thread without the screen. Prints what it could not read."""
    from hpt_tui.domain.frame import Frame
    from hpt_tui.session import Session, Terms
    from hpt_tui.store.address import parse_address
    from hpt_tui.tui.pump import Pump

    def show(frame: Frame) -> None:
        if frame.trouble:
            print(frame.trouble, flush=True)

    Pump(lambda: Session(parse_address(path), STUDY, Terms(steering=False)), refresh=1.0).run(show)


@dataclass(frozen=True, slots=True)
class Window:
    """Some seconds of the workers' life."""

    watched: bool
    start: float
    end: float
    cpu: float = 0.0
    """The watcher's share of one core."""


@dataclass(frozen=True, slots=True)
class Result:
    """Of one case."""

    free: tuple[float, ...]
    """Reports a second in each window without a watcher."""
    watched: tuple[float, ...]
    ratios: tuple[float, ...]
    """Of each watched window and the mean of the free ones around it."""
    noise: tuple[float, ...]
    """Of free windows and the free ones before them."""
    cpu: float
    """The watcher's share of one core."""
    locked: tuple[int, int]
    """How often a worker was told that the database is locked, after :data:`PATIENCE` of waiting: those whose wait
    nobody watched, and those that a watcher was there for some of."""
    other: int
    """Other errors of the storage."""
    worst: tuple[float, float]
    """Seconds of the slowest report without a watcher, and with one."""
    trouble: int
    """Ticks in which the watcher could not read."""

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)


@contextlib.contextmanager
def session(path: Path) -> Iterator[Watching]:
    """A watching session in a process of its own."""
    trouble: list[str] = []
    with tempfile.TemporaryFile("w+") as said:
        watcher = subprocess.Popen(
            [sys.executable, __file__, "--watch", str(path)], stdout=said, env=environment()
        )
        process = psutil.Process(watcher.pid)

        def wait(seconds: float) -> float:
            before = sum(process.cpu_times()[:2])
            time.sleep(seconds)
            return (sum(process.cpu_times()[:2]) - before) / seconds

        try:
            yield wait, trouble
            if watcher.poll() is not None:
                raise RuntimeError("the watcher has ended")
        finally:
            watcher.kill()
            watcher.wait()
        said.seek(0)
        trouble += said.read().splitlines()


@contextlib.contextmanager
def screen(path: Path) -> Iterator[Watching]:
    """The same with the real screen in a terminal, whose troubles nobody reads."""
    with Terminal([sys.executable, "-m", "hpt_tui", "attach", f"sqlite:///{path}"]) as terminal:
        yield lambda seconds: terminal.measure(seconds)[1], []


def compare(case: Case, watcher: Watcher, pairs: int, seconds: float) -> Result:
    """``pairs`` windows watched by ``watcher``, each between two free ones."""
    windows: list[Window] = []
    trouble: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.db"
        with workers(path, case) as reports:
            for _ in range(pairs):
                windows.append(_free(seconds))
                with watcher(path) as (wait, said):
                    wait(SETTLE)
                    start = time.monotonic()
                    cpu = wait(seconds)
                    windows.append(Window(True, start, time.monotonic(), cpu))
                trouble += said
            windows.append(_free(seconds))
    return _result(windows, reports, trouble)


def _free(seconds: float) -> Window:
    time.sleep(SETTLE)
    start = time.monotonic()
    time.sleep(seconds)
    return Window(False, start, time.monotonic())


def _result(windows: Sequence[Window], reports: Sequence[Report], trouble: Sequence[str]) -> Result:
    good = [report for report in reports if not report.problem]
    within = [[r for r in good if w.start <= r.at < w.end] for w in windows]
    rates = [len(inside) / (w.end - w.start) for inside, w in zip(within, windows, strict=True)]
    free, watched = rates[::2], rates[1::2]
    slowest = [max((r.took for r in inside), default=0.0) for inside in within]
    problems = [report for report in reports if report.problem]
    locked = [report.at for report in problems if "locked" in report.problem]
    attached = [(w.start - SETTLE, w.end + PATIENCE) for w in windows if w.watched]
    blamed = sum(any(start <= at < end for start, end in attached) for at in locked)
    return Result(
        free=tuple(free),
        watched=tuple(watched),
        ratios=tuple(2 * w / (a + b) for a, w, b in zip(free[:-1], watched, free[1:], strict=True)),
        noise=tuple(b / a for a, b in itertools.pairwise(free)),
        cpu=statistics.mean(w.cpu for w in windows if w.watched),
        locked=(len(locked) - blamed, blamed),
        other=len(problems) - len(locked),
        worst=(max(slowest[::2]), max(slowest[1::2])),
        trouble=len(trouble),
    )


def told(name: str, result: Result) -> str:
    low, high = min(result.ratios), max(result.ratios)
    return (
        f"{name:22} {statistics.median(result.free):7.0f} {statistics.median(result.watched):8.0f} "
        f"{result.ratio:7.3f} ({low:.3f}-{high:.3f})  noise {min(result.noise):.3f}-{max(result.noise):.3f}  "
        f"watcher {result.cpu:5.1%} of a core  slowest {result.worst[0]:.2f}/{result.worst[1]:.2f} s  "
        f"locked {result.locked[0]}/{result.locked[1]}  other errors {result.other}  unread {result.trouble}"
    )


HEAD = f"{'':22} {'free':>7} {'watched':>8} {'ratio':>7}   reports a second of {WORKERS} workers, medians"


def measured(names: Sequence[str], pairs: int, seconds: float, long: float) -> Mapping[str, Result]:
    """By case; and the screen's long window last, on the first case. Told on stderr as it comes."""
    click.echo(HEAD, err=True)
    results = {}
    for name in names:
        results[name] = compare(CASES[name], session, pairs, seconds)
        click.echo(told(name, results[name]), err=True)
    if long:
        name = f"{names[0]}, screen {long:.0f} s"
        results[name] = compare(CASES[names[0]], screen, 1, long)
        click.echo(told(name, results[name]), err=True)
    return results


@click.command()
@click.option("--pairs", default=5, show_default=True, help="Watched windows of each case.")
@click.option("--seconds", default=12.0, show_default=True, help="Of each window.")
@click.option("--long", default=60.0, show_default=True, help="Seconds of the screen's window; 0: leave it out.")
@click.option("--cases", default=",".join(CASES), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="All figures as JSON on stdout.")
@click.option("--watch", "watched", hidden=True, help="Be a watcher.")
def main(
    pairs: int,
    seconds: float,
    long: float,
    cases: str,
    as_json: bool,
    watched: str | None,
) -> None:
    """Print a line a case, and end with 1 if a worker met a locked database while it was watched."""
    if watched:
        return watch(watched)
    results = measured(cases.split(","), pairs, seconds, long)
    if as_json:
        click.echo(json.dumps({name: asdict(result) for name, result in results.items()}))
    sys.exit(any(result.locked[1] for result in results.values()))


if __name__ == "__main__":
    main()
