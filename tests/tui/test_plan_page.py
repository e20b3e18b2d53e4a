"""The page of the plan: its phases, what they changed, what comes next (G17, G3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.phases import NextPhase
from hpt_tui.domain.step_budget import StepBudget
from tests.tui import plan_scenes, scenes
from tests.tui.fakes import ScriptedCockpit, cockpit_app, press, settled
from tests.tui.test_check_page import page
from tests.tui.test_snapshots import Compare, draws

SCENES: dict[str, Callable[[], Frame]] = {
    "refining": plan_scenes.refining,
    "staged": plan_scenes.staged,
    "no plan": scenes.empty,
}


async def test_each_phase_says_how_far_it_is_and_what_it_changed() -> None:
    shown = await page(plan_scenes.refining(), "P")
    assert "✓ explore 25/25 best" in shown
    assert "▶ refine 15/25 best" in shown
    assert "lr 1.0e-4 .. 1.0e-1 → 3.0e-3 .. 9.0e-2" in shown
    assert "optimizer = sgd" in shown
    assert "over: its trials are used up" in shown
    assert "· validate 3 x 3" in shown
    assert "validate. As things stand: the best 3 are run with 3 seeds each." in shown


async def test_a_budget_of_steps_says_where_it_ends_the_plan() -> None:
    shown, budget = plan_scenes.refining(), StepBudget(1_000_000)
    assert "The plan ends at 1 000 000 steps, in whatever" in await page(
        replace(shown, study=replace(shown.study, step_budget=budget)), "P"
    )
    over = replace(shown, study=replace(shown.study, step_budget=StepBudget(10)))
    assert "10 steps are used up, so the plan ends here, without validate" in await page(over, "P")


async def test_tiers_say_what_they_tune_and_why_one_is_over() -> None:
    shown = await page(plan_scenes.staged(), "P")
    assert "over: settled (same-best: 20 trials" in shown
    assert "· tier 4 0/10 tunes dropout" in shown


async def test_without_a_plan_the_page_says_how_to_start_one() -> None:
    shown = await page(scenes.running(), "P")
    assert "This study follows no plan of phases." in shown
    assert "hpt-tui run FILE.py --plan phases" in shown


async def test_the_next_phase_is_ordered_after_its_preview() -> None:
    cockpit = ScriptedCockpit(plan_scenes.exploring())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "P", "n")
        assert not cockpit.orders
        await press(pilot, "y")
        assert cockpit.orders == [NextPhase(0)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_the_headline_shows_the_phase_and_its_share(size: tuple[int, int]) -> None:
    async with cockpit_app(ScriptedCockpit(plan_scenes.refining())).run_test(size=size) as pilot:
        await settled(pilot)
        drawn = "\n".join("".join(s.text for s in strip) for strip in pilot.app.screen._compositor.render_strips())
    assert "refine 15/25" in drawn


@pytest.mark.usefixtures("drawn_with")
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("scene", SCENES)
def test_page(snap_compare: Compare, scene: str, size: tuple[int, int]) -> None:
    assert draws(snap_compare, SCENES[scene](), size, "P")
