"""The page of importances: measured ones, or why there are none (G1, G4)."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import FloatRange
from hpt_tui.domain.trial import Direction
from hpt_tui.tui.app import Outcome
from hpt_tui.tui.screens.page import Sheet
from tests.builders import frame, study, trial
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, cockpit_app, press, settled

RANGES = {"dropout": FloatRange(0.0, 1.0), "lr": FloatRange(0.0, 1.0)}


def deciding(count: int) -> StudySnapshot:
    """dropout decides, lr does not."""
    rows = [
        trial(n, value=n / count, params={"dropout": n / count, "lr": n * 0.618 % 1}, ranges=RANGES)
        for n in range(count)
    ]
    return study(rows, declared=RANGES, direction=Direction.MAXIMIZE)


async def page(shown: Frame) -> str:
    async with cockpit_app(ScriptedCockpit(shown)).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        return await _opened(pilot)


async def _opened(pilot: Pilot[Outcome]) -> str:
    await press(pilot, "I")
    return "\n".join(text.plain for text in pilot.app.screen.query_one(Sheet).lines())


async def test_the_most_important_comes_first_and_contradictions_are_told() -> None:
    shown = await page(frame(deciding(60)))
    assert shown.index("dropout") < shown.index("lr ")
    assert "Against what is usual" in shown
    assert "lr is of tier 1; measured, it has" in shown


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (scenes.empty(), "there are 0"),
        (frame(deciding(10)), "Measured from 20 complete trials on; there are 10"),
    ],
    ids=["empty", "few trials"],
)
async def test_until_it_is_measured_it_says_what_is_usual(shown: Frame, said: str) -> None:
    assert said in await page(shown)


async def test_few_trials_leave_the_tiers_in_their_order() -> None:
    lines = (await page(frame(deciding(10)))).splitlines()
    assert [line.split()[0] for line in lines[-2:]] == ["lr", "dropout"]
