"""Pairs, the search space and advice, on pages of their own (G19, G18, issue 6's items 2 and 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len
from textual.widgets import Input

from hpt_tui.domain.advice.tree import SAID, TREE
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.space import Choices, FloatRange, IntRange, ParamValue, Range
from hpt_tui.domain.trial import Direction
from hpt_tui.tui.screens.field import Preview
from hpt_tui.tui.screens.page import Sheet
from tests.builders import frame, study, trial
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, cockpit_app, press, settled


async def shown(seen: Frame, *keys: str, size: tuple[int, int] = (120, 40)) -> str:
    async with cockpit_app(ScriptedCockpit(seen)).run_test(size=size) as pilot:
        await settled(pilot)
        for key in keys:
            await press(pilot, key)
        strips = pilot.app.screen._compositor.render_strips()
        return "\n".join("".join(part.text for part in strip) for strip in strips)


async def test_the_pairs_begin_with_one_that_interacts_and_say_why() -> None:
    text = await shown(scenes.running(), "S")
    assert "batch_size ↑ over lr →   pair 1 of 10" in text
    assert "A larger batch has less noisy gradients" in text
    assert "0.0001" in text, "a learning rate in its own units"


async def test_the_arrows_go_round_through_all_pairs() -> None:
    first = await shown(scenes.running(), "S")
    assert await shown(scenes.running(), "S", "right", "left") == first
    assert "pair 10 of 10" in await shown(scenes.running(), "S", "left")


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (scenes.empty(), "No complete trial has both of them yet."),
        (frame(study([], declared={"lr": FloatRange(0.0, 1.0)})), "Fewer than two parameters vary"),
    ],
    ids=["empty", "one parameter"],
)
async def test_without_a_pair_or_a_trial_it_says_so(seen: Frame, said: str) -> None:
    assert said in await shown(seen, "S")


async def test_a_linear_learning_rate_is_found_while_the_search_runs() -> None:
    space = {"lr": FloatRange(1e-4, 1e-1), "dropout": FloatRange(0.0, 0.9)}
    seen = frame(study([trial(0, value=1.0, params={"lr": 0.05, "dropout": 0.1}, ranges=space)], declared=space))
    text = await shown(seen, "c", size=(120, 50))
    assert "lr" in text
    assert "linear" in text
    assert "(G18)" in text


async def test_advice_follows_the_answers_at_once() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "A")
        for key in "40h":
            await press(pilot, key)
        sheet = pilot.app.screen.query_one(Sheet)
        head = sheet.lines()[0].plain
        assert head == "For 5 parameters, 40 h of GPU time, 9 s a trial, 1 GPU"
        for key in ("down", *"30m", "down", "4"):
            await press(pilot, key)
        assert sheet.lines()[0].plain == "For 5 parameters, 40 h of GPU time, 30 min a trial, 4 GPUs"
        for key in ("down", "right", "right"):
            await press(pilot, key)
        assert pilot.app.screen.query_one(Input).value == "transformers"
        assert "usual" in "\n".join(row.plain for row in sheet.lines())


async def test_an_answer_that_is_none_is_said_and_leaves_the_advice_without_it() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "A")
        sheet = pilot.app.screen.query_one(Sheet)
        before = sheet.lines()[0].plain
        for key in "3x":
            await press(pilot, key)
        assert "'3x' is no time" in pilot.app.screen.query_one(Preview).said[0][0]
        assert sheet.lines()[0].plain == before


def drawn_with(**ranges: tuple[Range, tuple[ParamValue, ...]]) -> Frame:
    """A study over two parameters, each with its range and the values of its trials."""
    space = {name: range_ for name, (range_, _) in ranges.items()}
    rows = [
        trial(
            n,
            value=n / 10,
            params={name: values[n % len(values)] for name, (_, values) in ranges.items()},
            ranges=space,
        )
        for n in range(8)
    ]
    return frame(study(rows, declared=space))


LR = (FloatRange(1e-4, 1e-1, log=True), (1e-3, 1e-2, 5e-2))


async def test_choices_of_wide_and_combining_characters_stand_at_their_axis() -> None:
    options = ("日本語", "de\u0301cor\u0323\u0301", "[b]", "\x1b[31m")
    for size in ((80, 24), (120, 40)):
        text = await shown(drawn_with(lr=LR, kind=(Choices(options), options)), "S", size=size)
        assert "日本語┤" in text
        assert {cell_len(row) for row in text.splitlines()} == {size[0]}, "nothing is shifted"
    text = await shown(drawn_with(kind=(Choices(options), options), lr=LR), "S", size=(120, 40))
    assert "日本語" in text


@pytest.mark.parametrize(
    ("name", "range_", "values", "said"),
    [
        ("narrow", FloatRange(1.1e-3, 1.9e-3, log=True), (1.2e-3, 1.5e-3), "0.0011"),
        ("between", FloatRange(0.301, 0.342), (0.31, 0.33), "0.3"),
        ("depth", IntRange(1, 2), (1, 2), "2"),
        ("vast", FloatRange(-1e308, 1e308), (-1e307, 1e307), "too far apart"),
        ("tiny", FloatRange(0.0, 5e-324), (0.0,), "too close together"),
    ],
)
async def test_any_range_can_be_an_axis_or_it_is_said_why_not(
    name: str, range_: Range, values: tuple[ParamValue, ...], said: str
) -> None:
    seen = drawn_with(**{"lr": LR, name: (range_, values)})
    assert said in await shown(seen, "S")
    assert said in await shown(drawn_with(**{name: (range_, values), "lr": LR}), "S")


async def test_several_objectives_have_pages_too() -> None:
    seen = scenes.running()
    several = replace(seen, study=replace(seen.study, directions=(Direction.MAXIMIZE, Direction.MINIMIZE)))
    assert "With several objectives no trials are the best ones." in await shown(several, "S")
    assert "interact: judge them together" in await shown(several, "c")
    assert "For 5 parameters" in await shown(several, "A")


async def test_g36_the_decision_tree_and_the_answers_are_in_the_help() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "question_mark")
        text = " ".join(row.plain.strip() for row in pilot.app.screen.query_one(Sheet).lines())
        assert all(f"{case}: {answer}" in text if answer else case in text for case, answer in TREE)
        assert all(f'"{said}" {answer}' in text for said, answer in SAID)
        await press(pilot, "end")
        strips = pilot.app.screen._compositor.render_strips()
        assert "(G29)" in "".join(part.text for strip in strips for part in strip)
