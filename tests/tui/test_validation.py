"""The validation page (G28): the ranking as it stands, and the order for what is missing, with its cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from hpt_tui.domain.frame import Access, Frame
from hpt_tui.domain.orders.search import TakeControl
from hpt_tui.domain.orders.validation import Validate
from hpt_tui.tui.app import Outcome
from hpt_tui.tui.screens.page import Sheet
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, cockpit_app, press, settled
from tests.tui.test_snapshots import SIZES, Compare, draws


def read(pilot: Pilot[Outcome]) -> str:
    return " ".join(" ".join(text.plain for text in pilot.app.screen.query_one(Sheet).lines()).split())


async def page(shown: Frame, *keys: str) -> tuple[str, ScriptedCockpit]:
    cockpit = ScriptedCockpit(shown)
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "V", *keys)
        told = read(pilot) if pilot.app.screen.query(Sheet) else ""
        await settled(pilot)
        return told, cockpit


async def test_without_any_run_it_says_what_enter_would_start() -> None:
    told, _ = await page(scenes.running())
    assert told.startswith(
        "Enter runs the best 5 and the baseline with 3 seeds each: 18 trials, about 3 min on 2 workers."
    )


async def test_enter_gives_the_order_and_the_number_of_seeds_can_be_changed() -> None:
    assert (await page(scenes.running(), "enter"))[1].orders == [Validate(5, 3)]
    told, cockpit = await page(scenes.running(), "+", "+", "-", "+")
    assert "with 5 seeds each: 30 trials" in told
    assert cockpit.orders == []


async def test_the_ranking_has_means_intervals_failures_and_the_winner() -> None:
    told, _ = await page(scenes.validated())
    assert "1 #31 3 of 3 0.9708 0.00415 0.9605 .. 0.9811 0.9778" in told
    assert "baseline, 1 to come" in told
    assert "The winner so far (1 run to come) is #31: val_acc 0.9708 ± 0.00415 over 3 seeds." in told
    assert "▲ #2 with seed 2 failed (#104): RuntimeError: CUDA out of memory" in told
    assert "12 more trials" in told


async def test_a_study_without_anything_to_choose_says_why() -> None:
    told, cockpit = await page(scenes.empty(), "enter")
    assert "has 0 complete configurations" in told
    assert cockpit.orders == []


async def test_one_that_is_only_watched_asks_first() -> None:
    watched = replace(scenes.running(), access=Access(steering=False))
    assert (await page(watched, "enter"))[1].orders == []
    assert (await page(watched, "enter", "y"))[1].orders == [TakeControl(), Validate(5, 3)]


async def test_a_study_that_is_being_read_and_a_hostile_one_are_no_trouble() -> None:
    assert (await page(scenes.reading(), "enter"))[0] == "Judged once all trials have been read."
    assert "\x1b" not in (await page(scenes.hostile()))[0]


async def test_the_window_of_a_run_says_what_it_repeats() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.validated())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "slash", *"is:validation", "enter", "enter")
        assert "validates #31 with seed 1" in read(pilot)


@pytest.mark.usefixtures("drawn_with")
@pytest.mark.parametrize("size", ["80x24", "120x40"])
@pytest.mark.parametrize(
    "scene", [scenes.running, scenes.validated, scenes.hostile], ids=["offer", "ranking", "hostile"]
)
def test_validation_page(snap_compare: Compare, scene: Callable[[], Frame], size: str) -> None:
    assert draws(snap_compare, scene(), SIZES[size], "V")


@pytest.mark.usefixtures("drawn_with")
def test_runs_in_the_table(snap_compare: Compare) -> None:
    assert draws(snap_compare, scenes.validated(), SIZES["120x40"])
