"""What is written to the terminal: the same picture as Textual's own writing, in fewer bytes (issue 3, item 8)."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, InlineUpdate, LayoutUpdate
from textual.geometry import Region, Size
from textual.strip import Strip

from hpt_tui.domain.frame import Frame
from hpt_tui.tui.glass import Glass
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, press, settled
from tests.tui.terminal import Terminal

SIZE = Size(120, 40)
TRUE = ColorSystem.TRUECOLOR
CONSOLE = Console(color_system="truecolor")


def lines(*texts: str, style: str = "red on black") -> LayoutUpdate:
    """A whole screen of these lines."""
    width, pen = max(map(len, texts)), Style.parse(style)
    return LayoutUpdate(
        [[Strip([Segment(text.ljust(width), pen)])] for text in texts], Region(0, 0, width, len(texts))
    )


def written(glass: Glass, update: CompositorUpdate, size: Size = SIZE) -> str:
    changes = glass.changes(update, size, TRUE)
    assert changes is not None
    return changes


def test_only_what_differs_is_written() -> None:
    glass = Glass()
    written(glass, lines("loss 0.412  step 12", "nothing here"))
    assert written(glass, lines("loss 0.409  step 13", "nothing here")) == "\x1b[1;9H\x1b[31;40m09\x1b[8C3\x1b[m"
    assert written(glass, lines("loss 0.409  step 13", "nothing here")) == ""


def test_a_change_of_colour_alone_is_written() -> None:
    glass = Glass()
    written(glass, lines("best", style="red on black"))
    assert written(glass, lines("best", style="blue on black")) == "\x1b[1;1H\x1b[34;40mbest\x1b[m"
    assert written(glass, lines("best", style="bold blue on black")) == "\x1b[1;1H\x1b[1;34;40mbest\x1b[m"


def test_a_blank_has_no_colour_but_its_ground() -> None:
    glass = Glass()
    written(glass, lines("    ", style="red on black"))
    assert written(glass, lines("    ", style="bold blue on black")) == ""
    assert written(glass, lines("    ", style="blue on red")) != ""
    assert written(glass, lines("    ", style="underline blue on red")) != ""


def test_a_line_with_wide_characters_is_written_whole() -> None:
    """Terminals disagree about widths, and what follows a wide character may be elsewhere."""
    glass = Glass()
    written(glass, lines("a漢字 1 tail"))
    assert written(glass, lines("a漢字 2 tail")) == "\x1b[1;1H\x1b[31;40ma漢字 2 tail\x1b[m"


def test_what_is_forgotten_and_another_size_are_written_whole() -> None:
    glass, update = Glass(), lines("one", "two")
    first = written(glass, update)
    assert written(glass, update) == ""
    glass.forget()
    assert written(glass, update) == first
    assert written(glass, update, Size(100, 40)) == first


def test_of_a_partial_update_only_the_spans_are_written() -> None:
    glass = Glass()
    written(glass, lines("aaaa bbbb"))
    pen = Style.parse("red on black")
    chops = {0: Strip([Segment("xxxx ", pen)]), 5: Strip([Segment("yyyy", pen)])}
    partial = ChopsUpdate([chops], [(0, 5, 7)], [[5, 9]])
    assert written(glass, partial) == "\x1b[1;6H\x1b[31;40myy\x1b[m"


def test_an_unknown_kind_of_update_is_left_to_textual_and_everything_forgotten() -> None:
    glass, update = Glass(), lines("one")
    first = written(glass, update)
    assert glass.changes(InlineUpdate([Strip.blank(3)]), SIZE, TRUE) is None
    assert written(glass, update) == first


def test_any_sequence_of_updates_leaves_what_textual_would_have_left() -> None:
    dice = random.Random(3)
    pens = [
        Style.parse(s)
        for s in ("", "red", "bold red on blue", "dim", "underline on #102030", "reverse", "on white")
    ]
    glass, ours, theirs = Glass(), Terminal(40, 6), Terminal(40, 6)
    for _ in range(300):
        strips = []
        for _ in range(6):
            text = "x" + "".join(dice.choice("ab  12⣀─é漢e\u0301"[: dice.choice((6, 14))]) for _ in range(29))
            parts = [Segment(text[i : i + 5], dice.choice(pens)) for i in range(0, 30, 5)]
            strips.append([Strip(parts).adjust_cell_length(40)])
        update = LayoutUpdate(strips, Region(0, 0, 40, 6))  # type: ignore[arg-type]
        ours.feed(written(glass, update, Size(40, 6)))
        theirs.feed(update.render_segments(CONSOLE))
        assert ours.grid == theirs.grid


@pytest.mark.parametrize("keys", [[], ["w"]], ids=str)
async def test_the_real_screens_come_out_as_textual_draws_them(keys: list[str]) -> None:
    plays: list[Frame] = [scenes.running(), scenes.flagged(), scenes.hostile(), scenes.running()]
    plays += [replace(plays[-1], now=plays[-1].now + 7)]
    app = cockpit_app(cockpit := ScriptedCockpit(plays[0]))
    glass, ours = Glass(), Terminal()
    async with app.run_test(size=SIZE) as pilot:
        for number, made in enumerate(plays):
            cockpit.play(app, made)
            await settled(pilot, made)
            if number == 2:
                await press(pilot, *keys)
            update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
            assert isinstance(update, LayoutUpdate)
            update.strips = [list(line) for line in update.strips]
            changes = written(glass, update)
            ours.feed(changes)
            (theirs := Terminal()).feed(whole := update.render_segments(CONSOLE))
            assert ours.grid == theirs.grid
        assert len(changes) < len(whole) / 20
        assert board(pilot).frame is made
