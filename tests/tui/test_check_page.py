"""The check-up page: checklist and stop rules, live (G6, G25, G26)."""

from __future__ import annotations

from dataclasses import replace

from textual.pilot import Pilot

from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.judging import Limits
from hpt_tui.domain.trial import Curve
from hpt_tui.tui.app import Outcome
from hpt_tui.tui.screens.page import Sheet
from tests.builders import frame, study, trial
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, cockpit_app, press, settled


def read(pilot: Pilot[Outcome]) -> str:
    return " ".join(" ".join(text.plain for text in pilot.app.screen.query_one(Sheet).lines()).split())


async def page(shown: Frame, *keys: str) -> str:
    async with cockpit_app(ScriptedCockpit(shown)).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *keys)
        return read(pilot)


async def test_g25_every_line_has_its_answer_and_its_number() -> None:
    shown = await page(scenes.running(), "d")
    assert "✓ Do the trials differ? 39 different configurations" in shown
    assert "✗ Does the best lie inside the space?" in shown


async def test_g26_each_stop_rule_says_how_far_it_is_from_firing() -> None:
    shown = await page(scenes.running(), "d")
    assert "━━━━──────── open trials 40 of 100 trials" in shown
    assert "unset gpu-hours no budget of GPU-hours" in shown


async def test_it_goes_by_the_thresholds_of_the_frame() -> None:
    limits = Limits(flags=Thresholds(stop_same_best=8))
    assert "fired same-best" in await page(replace(scenes.running(), limits=limits), "d")


async def test_an_empty_study_and_one_that_is_being_read_are_no_trouble() -> None:
    assert "· Do the trials differ?" in await page(scenes.empty(), "d")
    assert await page(scenes.reading(), "d") == "Judged once all trials have been read."


async def test_g6_the_page_of_a_trial_says_what_its_curves_show() -> None:
    steps = range(12)
    falling = [2.3 * 0.6**n for n in steps]
    rising = [max(0.5, 2.3 * 0.6**n) + 0.12 * max(0, n - 4) for n in steps]
    curves = [Curve.of(0, "train_loss", steps, falling), Curve.of(0, "val_loss", steps, rising)]
    shown = await page(frame(study([trial(0, value=rising[-1])], curves=curves)), "enter")
    assert "▲ overfit:" in shown
