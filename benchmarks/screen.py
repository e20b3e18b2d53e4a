"""``attach`` against an empty Textual app, in one run: first frame, CPU, bytes to the terminal.

    python benchmarks/screen.py [--runs 9] [--seconds 20]

The attached study is a real one: digits, with two workers that train while the last figures are taken.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TypeAlias

import click

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.terminal import Terminal

DIGITS = Path(__file__).parents[1] / "studies" / "digits.py"
EMPTY_APP = "from textual.app import App; from textual.widgets import Static\n"
EMPTY_APP += "class A(App[None]):\n    def compose(self): yield Static('hello there')\nA().run()"
FRAME = "attach, first frame"
FOOT_TEXT, OPENED_TEXT = b"help", b"complete"
"""The last word of the first frame, at the end of its last line; and a word of the first with the study in it."""


def hpt(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "hpt_tui", *arguments]


def first_frame(command: list[str], text: bytes) -> float:
    with Terminal(command) as terminal:
        seconds = terminal.read(30, until=text)
    if seconds is None:
        raise click.ClickException(f"{text!r} never came on the screen of {command}")
    return seconds


def side_by_side(command: list[str], text: bytes, runs: int) -> tuple[float, float, float]:
    """Medians over ``runs`` pairs, the empty app and the command by turns: seconds of each, and their ratio.

    Whatever else the machine does meets both of a pair; so the ratio is the median of the pairs' ratios.
    """
    pairs = [
        (first_frame([sys.executable, "-c", EMPTY_APP], b"hello"), first_frame(command, text)) for _ in range(runs)
    ]
    empty, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
    return empty, ours, statistics.median(b / a for a, b in pairs)


def still(database: str, seconds: float) -> tuple[float, float]:
    """(bytes a second, CPU share) of an attached screen of which nothing changes."""
    with Terminal(hpt("attach", database)) as terminal:
        terminal.read(30, until=OPENED_TEXT)
        terminal.read(5)
        return terminal.measure(seconds)


def reports(database: Path) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT COUNT(*) FROM trial_intermediate_values").fetchone()[0])


def busy(folder: Path, seconds: float) -> tuple[float, float]:
    """(bytes a second, CPU share) of a screen while two workers train."""
    database = folder / "busy.db"
    command = hpt("run", str(DIGITS), "--storage", str(database), "--workers", "2", "--trials", "5000")
    with Terminal(command) as terminal:
        terminal.read(60, until=OPENED_TEXT)
        while not reports(database):
            terminal.read(1)
        terminal.read(5)
        measured = terminal.measure(seconds)
        terminal.write(b"q")
        terminal.read(2)
        terminal.write(b"s")
        terminal.read(20, until=b"\x1b[?1049l")
    return measured


Opened: TypeAlias = dict[str, tuple[float, float, float]]
"""By what came on the screen: seconds of the empty app's first frame, seconds of it, and the ratio."""


def measured(runs: int, seconds: float) -> tuple[Opened, tuple[float, float], tuple[float, float]]:
    """How the screen opens on digits; (bytes a second, CPU share) while nothing changes, and while two train."""
    folder = Path(tempfile.mkdtemp())
    os.environ["HPT_TUI_STATE_DIR"] = str(folder / "state")
    database = str(folder / "done.db")
    try:
        subprocess.run(
            [*hpt("run", str(DIGITS), "--storage", database, "--headless", "--workers", "2"), "--trials", "20"],
            check=True,
            capture_output=True,
        )
        attach, run = hpt("attach", database), hpt("run", str(DIGITS), "--storage", database)
        opened = {
            FRAME: side_by_side(attach, FOOT_TEXT, runs),
            "run, first frame": side_by_side(run, FOOT_TEXT, runs),
            "attach, the study on the screen": side_by_side(attach, OPENED_TEXT, runs),
        }
        return opened, still(database, seconds), busy(folder, seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@click.command()
@click.option("--runs", default=9, show_default=True)
@click.option("--seconds", default=20.0, show_default=True)
def main(runs: int, seconds: float) -> None:
    """Print the figures as a table."""
    opened, quiet, live = measured(runs, seconds)
    print(f"empty Textual app, first frame       {opened[FRAME][0]:6.2f} s")
    for what, (_, took, ratio) in opened.items():
        print(f"{what:36} {took:6.2f} s   {ratio:5.2f} x the empty app")
    print(f"nothing changes: bytes a second      {quiet[0]:6.0f}     CPU {quiet[1]:6.1%} of a core")
    print(f"two workers train: bytes a second    {live[0]:6.0f}     CPU {live[1]:6.1%} of a core")


if __name__ == "__main__":
    main()
