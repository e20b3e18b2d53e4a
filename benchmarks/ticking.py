"""What a tick costs with the study's size: the session's (storage, rules, frame), and the whole screen's.

    python benchmarks/ticking.py [--sizes 1k,10k,100k] [--seconds 20]

Four trials run, and each reports once between two ticks. The screen's cost is what ``attach`` in a terminal of
120x40 takes a second while they do so once a second, less what it takes while they are silent.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.meter import alone, peak_mib, since_start
from benchmarks.synthetic import NAME, Studies, report, size
from benchmarks.terminal import Terminal
from hpt_tui.session import Session, Terms
from hpt_tui.store.address import parse_address

TICKS = 30
OPENED = b"complete"
SETTLE, READING = 4.0, 0.05
"""For so many seconds the screen takes less than this share of a core before the study counts as read."""


def session(path: str) -> dict[str, float]:
    """CPU milliseconds of a session's ticks, and how it opened: run in a process of its own."""
    begun = time.perf_counter(), time.process_time()
    watching = Session(parse_address(path), NAME, Terms(steering=False))
    watching.tick()
    sight = time.perf_counter() - begun[0]
    while (frame := watching.tick()).study.outline is not None:
        pass
    table, cpu = time.perf_counter() - begun[0], time.process_time() - begun[1]
    while frame.more:
        frame = watching.tick()
    peak = peak_mib()
    reported = []
    for _ in range(TICKS):
        report(Path(path))
        reported.append(_cpu(watching.tick))
    silent = [_cpu(watching.tick) for _ in range(TICKS)]
    watching.close(stop_workers=False)
    return {
        "first_frame_s": sight,
        "table_s": table,
        "table_cpu_s": cpu,
        "peak_mib": peak,
        "tick_ms": 1e3 * statistics.median(reported),
        "worst_tick_ms": 1e3 * max(reported),
        "silent_ms": 1e3 * statistics.median(silent),
    }


def opened(path: str) -> dict[str, float]:
    """Seconds, by the clock and of CPU, from the process's start until the whole table is there and judged."""
    watching = Session(parse_address(path), NAME, Terms(steering=False))
    while watching.tick().study.outline is not None:
        pass
    watching.close(stop_workers=False)
    return {"process": since_start(), "cpu": time.process_time()}


def _cpu(act: Callable[[], object]) -> float:
    before = time.process_time()
    act()
    return time.process_time() - before


@dataclass(frozen=True, slots=True)
class Screen:
    """``attach`` in a terminal."""

    useful: float
    """Seconds until counts, best and trials are on the screen."""
    tick_ms: float
    """CPU of taking up, judging and drawing what four running trials reported."""
    silent_ms: float
    """CPU of a second in which nothing changes but the times."""
    reporting_bytes: float
    mib: float


def screen(path: Path, seconds: float) -> Screen:
    """Attach to ``path``, look at the silent study, then at four trials that report."""
    with Terminal([sys.executable, "-m", "hpt_tui", "attach", f"sqlite:///{path}"]) as terminal:
        useful = terminal.read(120, until=OPENED)
        if useful is None:
            raise RuntimeError("the study never came on the screen")
        while terminal.measure(SETTLE)[1] > READING:
            pass
        _, silent = terminal.measure(seconds)
        with Reporting(path):
            terminal.read(SETTLE)
            written, live = terminal.measure(seconds)
        return Screen(useful, 1e3 * (live - silent), 1e3 * silent, written, peak_mib(terminal.process.pid))


class Reporting:
    """Reports once a second for each running trial, until left."""

    def __init__(self, path: Path) -> None:
        self._path, self._over = path, threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(1.0):
            report(self._path)


@click.command()
@click.option("--sizes", default="1k,10k,100k", show_default=True)
@click.option(
    "--seconds", default=20.0, show_default=True, help="How long the screen is watched, silent and live."
)
def main(sizes: str, seconds: float) -> None:
    """Print a block a size."""
    with tempfile.TemporaryDirectory() as folder:
        for trials in map(size, sizes.split(",")):
            path = Studies(Path(folder)).path(trials)
            print(f"{trials:,} trials")
            for name, value in alone("benchmarks.ticking", "session", str(path)).told.items():
                print(f"  {name:16} {value:10.3f}")
            print(" ", screen(path, seconds))


if __name__ == "__main__":
    main()
