"""What a refresh of the curves panel costs as its curves grow, from a frame's arrays to the terminal's bytes.

    python benchmarks/plot.py [--json]

The real panel in the real app, some 97x25, without a terminal and without a storage. "First" has nothing to build
on; "refresh" follows a frame in which two of the curves, or the study, were a point shorter. CPU, least of some.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
from rich.color import ColorSystem

sys.path.insert(0, str(Path(__file__).parents[1]))
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.trial import Curve, TrialState
from hpt_tui.domain.trials import TrialColumns, Trials
from hpt_tui.tui.glass import Glass
from hpt_tui.tui.themes import SERIES
from hpt_tui.tui.widgets.curves import Curves
from tests.builders import frame, study, trial
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, press, settled

SIZES = (100, 1_000, 10_000, 100_000)
SCREEN = (99, 32)
"""Narrow enough for one panel at a time."""
GROWING, RUNS = 2, 7
KEYS = {"": 0, ", smoothed 0.9": 2}
"""How often the smoothing key is pressed."""
LIMIT = 2.0
"""Times the cost at 100 points that any size may cost: issue 3, item 1."""
Photos = tuple[Frame, Frame]


def curves(points: int) -> Photos:
    """Two frames of as many losses as the panel shows; in the former, some are a point shorter."""
    dice, steps = np.random.default_rng(points), np.arange(points)
    falling = 2.3 * np.exp(-4 * steps / points) + 0.2
    every = [Curve.of(n, "loss", steps, falling + 0.02 * n + dice.normal(0, 0.02, points)) for n in range(SERIES)]
    shorter = [Curve.of(c.trial, "loss", c.steps[:-1], c.values[:-1]) for c in every[:GROWING]]
    rows = [trial(n, TrialState.RUNNING, 0.5) for n in range(SERIES)]
    former, latter = (
        frame(study(rows, curves=made, metric="loss", steps=points))
        for made in ([*shorter, *every[GROWING:]], every)
    )
    return former, latter


def values(trials: int) -> Photos:
    """Two frames of a study without reports; in the former, a trial is missing."""
    dice = np.random.default_rng(trials)
    value = (1.0 / np.arange(1, trials + 1) ** 0.3 + dice.exponential(0.3, trials))[:, None]
    one = study([trial(0)]).trials.columns
    names = ("states", "started", "ended", "steps", "last_steps", "last_values", "marks", "workers")

    def photo(count: int) -> Frame:
        columns = {name: np.repeat(getattr(one, name), count) for name in names}
        made = TrialColumns(
            numbers=np.arange(count),
            values=value[:count],
            worker_ids=one.worker_ids,
            reasons={},
            params={},
            **columns,
        )
        empty = study([], metric="loss")
        object.__setattr__(empty, "trials", Trials(made))
        return frame(empty)

    return photo(trials - 1), photo(trials)


def refresh(panel: Curves, glass: Glass, photo: Frame) -> float:
    """Milliseconds of CPU from the frame to the terminal's bytes."""
    compositor = panel.screen._compositor
    start = time.process_time()
    panel.show(photo, None, ())
    panel.screen._compositor.update_widgets({panel})
    update = compositor.render_update()
    if update is not None:
        glass.changes(update, panel.app.size, ColorSystem.TRUECOLOR)
    return (time.process_time() - start) * 1000


async def measure(make: Callable[[int], Photos], smoothing: int) -> dict[int, tuple[float, float]]:
    """By size: first and refresh, milliseconds."""
    app = cockpit_app(ScriptedCockpit(frame(study())))
    found = {}
    async with app.run_test(size=SCREEN) as pilot:
        await settled(pilot)
        await press(pilot, "2", *["e"] * smoothing)
        panel, glass = board(pilot).query_one(Curves), Glass()
        for size in SIZES:
            first, after = [], []
            for _ in range(RUNS):
                panel.show(frame(study()), None, ())
                panel._refit()
                former, latter = make(size)
                first.append(refresh(panel, glass, former))
                after.append(refresh(panel, glass, latter))
            found[size] = min(first), min(after)
    return found


def measured() -> dict[str, dict[int, tuple[float, float]]]:
    """By what is drawn and by size: first and refresh, milliseconds."""
    return {
        f"{what}{how}": asyncio.run(measure(make, presses))
        for what, make in ((f"{SERIES} curves, log", curves), ("values by trial, log", values))
        for how, presses in KEYS.items()
        if make is curves or not presses
    }


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(as_json: bool) -> None:
    """Print milliseconds by size, and end with 1 if any refresh costs more than twice that of 100 points."""
    figures = measured()
    print(json.dumps(figures) if as_json else table(figures))
    sys.exit(any(of[size][1] > LIMIT * of[SIZES[0]][1] for of in figures.values() for size in SIZES))


def table(figures: dict[str, dict[int, tuple[float, float]]]) -> str:
    lines = [f"{'CPU ms, first / refresh':30}" + "".join(f"{size:>15,}" for size in SIZES) + "   refresh, worst"]
    for case, of in figures.items():
        worst = max(of[size][1] for size in SIZES) / of[SIZES[0]][1]
        lines.append(f"{case:30}" + "".join(f"{a:>8.1f} /{b:>5.1f}" for a, b in of.values()) + f"   {worst:.1f} x")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
