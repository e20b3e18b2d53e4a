"""Draws the README's picture: the app itself, on a real study of digits that two workers are searching.

python .github/screenshot.py [--trials 40]
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

import click

from hpt_tui.cli.launch import describe
from hpt_tui.session import Session, Terms
from hpt_tui.store.address import parse_address
from hpt_tui.store.create import create_study
from hpt_tui.tui.app import CockpitApp

ROOT = Path(__file__).parents[1]
DIGITS = ROOT / "studies" / "digits.py"


async def photograph(folder: Path, trials: int) -> str:
    """Run the search for real until ``trials`` have finished, two more are half-way and an alert is up; as SVG."""
    address = parse_address(str(folder / "digits.db"))
    create_study(address, describe(str(DIGITS)), budget=100)
    terms = Terms(steering=True, workers=2, target=str(DIGITS))
    app = CockpitApp(lambda: Session(address, "digits", terms), title="digits", refresh=0.3)
    deadline = time.monotonic() + 600
    async with app.run_test(size=(120, 40)) as pilot:
        while time.monotonic() < deadline:
            await pilot.pause(0.1)
            study = app.board.frame.study
            halfway = [t for t in study.running if t.steps >= 10]
            enough = sum(t.counted for t in study.trials) >= trials
            if enough and len(halfway) == 2 and app.board.frame.flags:
                break
        # Twice from linear to log and back: fits the axes to what is shown.
        await pilot.press("l", "l")
        await pilot.pause(0.5)
        picture = app.export_screenshot(title="hpt-tui")
        await pilot.press("q")
        await pilot.pause(0.5)
        await pilot.press("s")
        await pilot.pause(8)
    return picture


@click.command()
@click.option("--trials", default=40, show_default=True)
def main(trials: int) -> None:
    """Write screenshot.svg beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HPT_TUI_STATE_DIR"] = folder
        picture = asyncio.run(photograph(Path(folder), trials))
    (ROOT / ".github" / "screenshot.svg").write_text(picture)


if __name__ == "__main__":
    main()
