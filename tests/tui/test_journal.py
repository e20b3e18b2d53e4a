"""Issue 4, item 9 on the screen: the journal, an event in full, and undoing just that one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from hpt_tui.domain.event import Event, values
from hpt_tui.domain.frame import Access, Frame
from hpt_tui.domain.orders.search import TakeControl
from hpt_tui.domain.orders.undo import UndoEvent
from hpt_tui.domain.snapshot import Outline
from hpt_tui.domain.trial import TrialState
from hpt_tui.tui.app import Outcome
from hpt_tui.tui.screens.event import EventPage
from hpt_tui.tui.screens.journal import Journal
from hpt_tui.tui.screens.page import Question, Sheet
from hpt_tui.tui.widgets.event_list import EventList
from tests.builders import NOON
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, ordered, press, settled
from tests.tui.test_snapshots import SIZES, Compare, draws

VIEWS = {
    "journal": ("v", "down", "down"),
    "filtered": ("v", "slash", *"lr act:widen"),
    "event": ("v", *["down"] * 3, "enter"),
    "overtaken": ("v", *["down"] * 6, "enter"),
    "undo": ("v", "down", "down", "z"),
}


@pytest.mark.usefixtures("drawn_with")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", VIEWS)
def test_screens(snap_compare: Compare, view: str, size: str) -> None:
    assert draws(snap_compare, scenes.steered(), SIZES[size], *VIEWS[view])


@pytest.mark.usefixtures("drawn_with")
@pytest.mark.parametrize("keys", [("v",), ("v", "enter")], ids=["journal", "event"])
def test_a_hostile_journal(snap_compare: Compare, keys: tuple[str, ...]) -> None:
    assert draws(snap_compare, scenes.hostile(), (80, 24), *keys)


def selected(pilot: Pilot[Outcome]) -> str:
    event = pilot.app.screen.query_one(EventList).selected
    return "" if event is None else event.short_id


def listed(pilot: Pilot[Outcome]) -> list[str]:
    return [text.plain for text in pilot.app.screen.query_one(EventList).lines()]


def page(pilot: Pilot[Outcome]) -> str:
    assert isinstance(pilot.app.screen, EventPage)
    return "\n".join(text.plain for text in pilot.app.screen.query_one(Sheet).lines())


def with_event(frame: Frame, event: Event) -> Frame:
    return replace(frame, study=replace(frame.study, events=(*frame.study.events, event)))


async def test_the_cursor_stays_with_its_event_while_others_come() -> None:
    first = scenes.steered()
    cockpit = ScriptedCockpit(first)
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "v", "down", "down")
        assert selected(pilot) == "b2"
        after = with_event(first, Event(NOON, "bob@laptop", "pause", id="9-b3"))
        cockpit.play(app, after)
        await settled(pilot, after)
        assert listed(pilot)[0].endswith("pause")
        assert selected(pilot) == "b2"


@pytest.mark.parametrize(
    ("keys", "at"),
    [((), "w1"), (("up",), "w1"), (("end",), "a0"), (("end", "down"), "a0"), (("end", "home"), "w1")],
)
async def test_the_cursor_ends_at_the_ends(keys: tuple[str, ...], at: str) -> None:
    async with cockpit_app(ScriptedCockpit(scenes.steered())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "v", *keys)
        assert selected(pilot) == at


async def test_a_long_journal_scrolls_with_the_cursor() -> None:
    frame = scenes.steered()
    for n in range(60):
        frame = with_event(frame, Event(NOON, "bob@laptop", "note", f"#{n}", id=f"9-n{n}"))
    async with cockpit_app(ScriptedCockpit(frame)).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "v", "end")
        events = pilot.app.screen.query_one(EventList)
        assert selected(pilot) == "a0"
        assert events.scroll_offset.y == events.max_scroll_y > 0
        await press(pilot, "pageup", "home")
        assert (selected(pilot), events.scroll_offset.y) == ("n59", 0)


async def test_an_event_in_full_tells_every_digit_and_goes_back_to_its_row() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.steered())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "v", "down", "down", "enter")
        told = page(pilot)
        for text in ("bob@laptop", "2026-09-21 14:10:00 (3 min ago)", "fixed: False → True", "6-b2"):
            assert text in told
        assert "value: None → 0.212345678" in told
        assert "It is in force. z takes it back: undo fix dropout 0.2123 → searched." in told
        await press(pilot, "escape")
        assert type(pilot.app.screen) is Journal
        assert selected(pilot) == "b2"
        await press(pilot, "escape")
        assert board(pilot).is_active


@pytest.mark.parametrize(
    ("downs", "said"),
    [
        (0, "It cannot be undone: it reports what happened."),
        (1, "It cannot be undone: a trial that was told to end has ended, or will"),
        (3, "flag edge"),
        (4, "undoes    widen lr 1.0e-4 .. 5.0e-1 → 1.0e-4 .. 2.0e0 (bob@laptop, "),
        (5, "It was undone (ada@gpubox, "),
        (6, "It was overtaken: widen lr 1.0e-4 .. 5.0e-1 → 1.0e-4 .. 1.0e0 (flag edge)"),
    ],
)
async def test_an_event_in_full_says_whether_it_stands(downs: int, said: str) -> None:
    async with cockpit_app(ScriptedCockpit(scenes.steered())).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        await press(pilot, "v", *["down"] * downs, "enter")
        assert said in page(pilot)


async def test_an_event_in_full_says_so_when_it_is_overtaken_meanwhile() -> None:
    first = scenes.steered()
    cockpit = ScriptedCockpit(first)
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "v", "down", "down", "enter")
        freed = Event(
            *(NOON, "ada@gpubox", "unfix", "dropout", "0.2123", "searched"),
            was=values(fixed=True, value=0.212345678),
            became=values(fixed=False, value=None),
            id="9-a9",
        )
        after = with_event(first, freed)
        after = replace(after, study=replace(after.study, control=replace(after.study.control, fixed={})))
        cockpit.play(app, after)
        await settled(pilot, after)
        assert "It was overtaken: unfix dropout" in page(pilot)


@pytest.mark.parametrize("keys", [("z",), ("enter", "z")], ids=["on its row", "in full"])
async def test_just_the_selected_event_is_undone_after_the_question(keys: tuple[str, ...]) -> None:
    """L6: not the newest one that could be."""
    cockpit = ScriptedCockpit(scenes.steered())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "v", "down", "down", "down", *keys)
        assert isinstance(pilot.app.screen, Question)
        assert cockpit.orders == []
        await press(pilot, "y")
        await ordered(pilot, cockpit, [UndoEvent("5-a3")])
        assert isinstance(pilot.app.screen, EventPage if len(keys) > 1 else Journal)


async def test_what_cannot_be_undone_says_why_and_asks_nothing() -> None:
    cockpit = ScriptedCockpit(scenes.steered())
    async with cockpit_app(cockpit).run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "v", "down", "z")
        assert isinstance(pilot.app.screen, Journal)
        (notice,) = [n.message for n in pilot.app._notifications]
        assert notice.startswith("Prune #17: cannot be undone: a trial that was told to end")
        assert cockpit.orders == []


async def test_a_study_that_is_only_watched_asks_before_it_is_steered() -> None:
    cockpit = ScriptedCockpit(replace(scenes.steered(), access=Access(steering=False)))
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "v", "down", "down", "z", "y")
        assert cockpit.orders == []
        await press(pilot, "y")
        await ordered(pilot, cockpit, [TakeControl(), UndoEvent("6-b2")])


async def test_nothing_is_undone_before_the_study_has_been_read() -> None:
    frame = scenes.steered()
    outline = Outline({**dict.fromkeys(TrialState, 0), TrialState.COMPLETE: 100_000}, read=42)
    cockpit = ScriptedCockpit(replace(frame, study=replace(frame.study, outline=outline)))
    async with cockpit_app(cockpit).run_test(size=(120, 40), notifications=True) as pilot:
        await settled(pilot)
        await press(pilot, "v", "down", "down", "enter")
        assert "is judged once the study has been read" in page(pilot)
        await press(pilot, "z")
        assert [n.message for n in pilot.app._notifications] == [
            "The study is still being read. Try again once it has been."
        ]


async def test_the_filter_moves_the_cursor_to_what_is_left_and_searches_every_digit() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.steered())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "v", "slash", *"0.212345678", "enter")
        assert (len(listed(pilot)), selected(pilot)) == (1, "b2")
        await press(pilot, "escape")
        assert len(listed(pilot)) == 8


async def test_no_event_may_be_like_the_filter() -> None:
    cockpit = ScriptedCockpit(scenes.steered())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "v", "slash", *"act:fork", "enter", "enter", "z", "down")
        assert listed(pilot) == ["No event is like that."]
        assert isinstance(pilot.app.screen, Journal)


async def test_an_empty_journal_says_so() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.empty())).run_test() as pilot:
        await settled(pilot)
        await press(pilot, "v", "enter", "z", "end")
        assert "Nobody has steered this study." in " ".join(listed(pilot))


async def test_a_click_opens_an_event() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.steered())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "v")
        await pilot.click(EventList, offset=(4, 2))
        await pilot.pause()
        assert "6-b2" in page(pilot)
