"""Studies out of the ordinary on the screen (issue 3, "Bad input"): a sensible view of each, and no crash."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import pytest
from rich.cells import cell_len

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.space import FloatRange
from hpt_tui.domain.trial import Curve, Direction, TrialState
from hpt_tui.domain.trial_filter import KINDS
from hpt_tui.tui.app import CockpitApp
from hpt_tui.tui.screens.help import FILTER, SIGNS
from hpt_tui.tui.words import BEST, CHOSEN, INFEASIBLE
from tests.builders import curve, frame, study, trial
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, press, settled

LONG = "n" * 512
LR = FloatRange(1e-4, 1e-1, log=True)


def constrained() -> Frame:
    """The highest value violates a constraint."""
    return frame(study([trial(0, value=0.5), trial(1, value=0.4), replace(trial(2, value=0.99), infeasible=True)]))


def several_objectives() -> Frame:
    made = [replace(trial(n), values=(0.1 * n, math.inf, -3.0)) for n in range(4)]
    directions = (Direction.MAXIMIZE, Direction.MINIMIZE, Direction.MINIMIZE)
    return frame(replace(study(made), directions=directions))


def not_finite() -> Frame:
    made = [
        replace(trial(0), values=(math.inf,), non_finite=True),
        replace(trial(1), values=(math.nan,), non_finite=True),
        trial(2, TrialState.RUNNING, None, last_value=math.nan, non_finite=True),
    ]
    return frame(study(made, curves=[curve(2, "val_acc", [math.nan, math.inf, -math.inf])]))


def very_long() -> Frame:
    """A running trial with 100,000 steps."""
    steps = np.arange(100_000)
    drawn = Curve.of(0, "val_acc", steps, np.sin(steps / 5000))
    running = trial(0, TrialState.RUNNING, None, steps=100_000, last_value=0.5)
    return frame(study([running], curves=[drawn], steps=None))


def very_wide() -> Frame:
    """500 parameters, all but one with short names, under a study whose names are as long as Optuna allows."""
    names = [*(f"p{n}" for n in range(499)), LONG]
    made = [
        replace(trial(n), params={**dict.fromkeys(names, 0.01 + n / 100)}, ranges=dict.fromkeys(names, LR))
        for n in range(3)
    ]
    return frame(study(made, name=LONG, metric=LONG, declared=dict.fromkeys(names, LR)))


def screen_text(app: CockpitApp) -> list[str]:
    """What the terminal shows, line by line."""
    return [strip.text for strip in app.screen._compositor.render_strips()]


Scene: TypeAlias = tuple[Callable[[], Frame], str, str]
SCENES: list[Scene] = [
    (constrained, "best 0.5", "violates a constraint"),
    (several_objectives, "several objectives", "value 2 min"),
    (not_finite, "inf", "NaN or infinite"),
    (very_long, "100 000", ""),
    (very_wide, "nnn", "nnn"),
    (lambda: frame(study()), "No curves yet.", ""),
]


@pytest.mark.parametrize(("make", "says", "panel"), SCENES, ids=lambda x: getattr(x, "__name__", None))
@pytest.mark.parametrize("size", [(120, 40), (60, 16)], ids=str)
async def test_an_odd_study_has_a_sensible_view(
    make: Callable[[], Frame], says: str, panel: str, size: tuple[int, int]
) -> None:
    app = cockpit_app(ScriptedCockpit(make()))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        lines = screen_text(app)
        assert max(map(cell_len, lines)) <= size[0]
        if size == (120, 40):
            assert says in "\n".join(lines)
        await press(pilot, "home", "enter")
        if size == (120, 40) and panel:
            assert panel in "\n".join(screen_text(app))


async def test_a_trial_that_violates_a_constraint_is_marked_in_its_row() -> None:
    """It is no candidate for the best, so it may stand above the starred one."""
    async with cockpit_app(ScriptedCockpit(constrained())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        signs = [table.render_line(y).text.split()[:2] for y in (1, 2, 3)]
        assert signs == [[INFEASIBLE, "2"], [BEST + CHOSEN, "0"], ["1", "✓"]]


def test_the_help_names_everything_that_a_trial_can_be_and_every_sign_of_a_row() -> None:
    told = "\n".join(f"{key} {text}" for key, text in (*FILTER, *SIGNS))
    assert [kind for kind in KINDS if kind not in told] == []
    assert INFEASIBLE in [sign for sign, _ in SIGNS]


async def test_names_that_begin_alike_are_written_out_where_a_trial_has_the_room() -> None:
    names = [f"parameter_number_{n}" for n in range(4)]
    made = replace(trial(0), params=dict.fromkeys(names, 0.01), ranges=dict.fromkeys(names, LR))
    app = cockpit_app(ScriptedCockpit(frame(study([made]))))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "enter")
        shown = "\n".join(screen_text(app))
        assert [name for name in names if name not in shown] == []
