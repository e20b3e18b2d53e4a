"""The trials table: alignment, order, selection, mouse, and what it costs."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rich.cells import cell_len
from textual.geometry import Region

from hpt_tui.domain.quantities import NUMBER, PARAM, TIME
from hpt_tui.domain.snapshot import Outline, StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange
from hpt_tui.domain.trial import Direction, TrialRow, TrialState
from hpt_tui.tui import columns
from hpt_tui.tui.cells import cell
from hpt_tui.tui.columns import Column, Columns
from hpt_tui.tui.listed import Listed
from hpt_tui.tui.listing import Listing
from hpt_tui.tui.widgets.trial_table import TrialTable
from tests.builders import NOON, frame, study, trial, with_row
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, press, settled


def order(listing: Listing, made: StudySnapshot) -> list[int]:
    """The numbers that ``listing`` shows of a study."""
    listed = Listed()
    listed.take(listing, frame(made))
    listed.update(frame(made))
    return list(listed.numbers())


def points(lines: list[str], mark: str = ".") -> set[int]:
    """The columns in which ``mark`` stands."""
    return {line.index(mark) for line in lines if mark in line}


def text(table: TrialTable, y: int) -> str:
    return table.render_line(y).text


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (["0.9778", "12.35", "–", "NaN", "1.235e4"], [" 0.9778 ", "12.35   ", "       –", "     NaN", " 1.235e4"]),
        (["64", "128", "–"], [" 64", "128", "  –"]),
        (["8.9e-2", "1.0e-10"], ["8.9e-2 ", "1.0e-10"]),
        (["0.2", "0.25", "-1"], [" 0.2 ", " 0.25", "-1   "]),
    ],
    ids=["metric", "whole", "log", "linear"],
)
def test_numbers_stand_on_the_decimal_point(texts: list[str], shown: list[str]) -> None:
    column = Column("x", "x")
    for one in texts:
        column.grow(one)
    assert [column.cell(one) for one in texts] == shown


def test_words_stand_at_the_left_and_wide_characters_count_twice() -> None:
    column = Column("x", "optimizer", left=True)
    for one in ("sgd", "漢字", "adamw"):
        column.grow(one)
    assert {cell_len(column.cell(one)) for one in ("sgd", "漢字", "adamw")} == {9}
    assert column.cell("漢字").startswith("漢字 ")


def test_a_column_never_shrinks() -> None:
    fitted = Columns()
    fitted.fit(study([trial(0, value=123.456)]))
    before = fitted.shown[2].width
    fitted.fit(study([trial(0, value=0.5)]))
    assert fitted.shown[2].width == before


@pytest.mark.parametrize(
    ("listing", "expected"),
    [
        (Listing(), [2, 0, 3, 1]),
        (Listing(reverse=True), [3, 0, 2, 1]),
        (Listing(NUMBER), [3, 2, 1, 0]),
        (Listing(PARAM + "lr"), [3, 2, 1, 0]),
        (Listing(PARAM + "lr", reverse=True), [0, 1, 2, 3]),
        (Listing(state=TrialState.RUNNING), [3]),
        (Listing(text="#2"), [2]),
        (Listing(text="comp"), [2, 0]),
        (Listing(text="val_acc>0.9 lr<1"), [2, 0]),
        (Listing(text="val_acc<=0.8"), [3]),
        (Listing(text="optimizer=sgd"), []),
        (Listing(text="nothing like it"), []),
    ],
    ids=str,
)
def test_order_and_filters(listing: Listing, expected: list[int]) -> None:
    trials = [
        trial(0, value=0.91, params={"lr": 0.4}),
        trial(1, TrialState.FAILED, None, params={"lr": 0.3}),
        trial(2, value=0.95, params={"lr": 0.2}),
        trial(3, TrialState.RUNNING, 0.8, params={"lr": 0.1}),
    ]
    assert order(listing, study(trials)) == expected


def test_unknown_and_nan_come_last_both_ways() -> None:
    trials = [trial(0, value=None), trial(1, value=float("nan")), trial(2, value=0.5), trial(3, value=0.6)]
    made = study(trials, direction=Direction.MINIMIZE)
    assert order(Listing(), made) == [2, 3, 0, 1]
    assert order(Listing(reverse=True), made) == [3, 2, 0, 1]


def test_time_sorts_running_trials_by_now() -> None:
    trials = [trial(0, seconds=50), trial(1, TrialState.RUNNING), trial(2, seconds=9999)]
    assert order(Listing(TIME), study(trials)) == [0, 1, 2]


async def test_rows_are_aligned_on_the_screen() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(200, 50)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        lines = [text(table, y) for y in range(1, 30)]
        values = [line[22:30] for line in lines]
        assert len(points(values)) == 1
        assert len({cell_len(line) for line in lines}) == 1


async def test_hostile_rows_are_aligned_on_the_screen() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.hostile())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        assert {cell_len(text(table, y)) for y in range(10)} == {table.room}
        await press(pilot, "right", "right", "right", "right", "right")
        assert {cell_len(text(table, y)) for y in range(10)} == {table.room}
        assert not any("\x1b" in text(table, y) or "\u202e" in text(table, y) for y in range(10))


async def test_no_number_is_cut_in_half_at_the_edge() -> None:
    async with cockpit_app(ScriptedCockpit(scenes.running())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        for _ in range(8):
            cells = [cell for y in range(1, 20) for cell in text(table, y).split()]
            assert not [c for c in cells if re.search(r"\d(\.|e|e-)$", c)]
            await press(pilot, "right")
        assert "optim" in text(table, 0)
        assert "31" in text(table, 1)
        await press(pilot, *["left"] * 8)
        assert "state" in text(table, 0)


async def test_an_update_repaints_only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    first = scenes.running()
    reported = replace(first.study.trials[40], steps=13, last_value=0.8768)
    second = replace(first, study=replace(first.study, trials=with_row(first.study.trials, reported)))
    cockpit = ScriptedCockpit(first)
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        seen: list[Region] = []
        monkeypatch.setattr(table, "refresh", lambda *regions, **_kinds: seen.extend(regions))
        cockpit.play(app, second)
        await settled(pilot, second)
        assert [region.height for region in seen] == [1]


def test_of_ten_thousand_trials_few_are_put_into_words_and_then_only_the_changed_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    big = scenes.thousands().study
    worded: list[int] = []

    def count(study: StudySnapshot, place: int, key: str, now: float) -> str:
        worded.append(place)
        return cell(study, place, key, now)

    monkeypatch.setattr(columns, "cell", count)
    fitted = Columns()
    fitted.fit(big)
    assert len(worded) < 200
    worded.clear()
    changed = replace(big.trials[-1], steps=29)
    fitted.fit(replace(big, trials=with_row(big.trials, changed)))
    assert set(worded) <= {changed.number}


async def test_of_500_parameters_only_those_in_view_are_put_into_words(monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"p{n}": FloatRange(0.0, 1.0) for n in range(500)}
    rows = [trial(n, params=dict.fromkeys(many, n / 100), ranges=many) for n in range(100)]
    first = frame(study(rows, declared=many))
    async with cockpit_app(ScriptedCockpit(first)).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        worded: set[str] = set()

        def note(study: StudySnapshot, place: int, key: str, now: float) -> str:
            worded.add(key)
            return cell(study, place, key, now)

        monkeypatch.setattr(columns, "cell", note)
        await press(pilot, "end")
        assert 0 < len(worded) < 20
        await press(pilot, *["right"] * 30)
        assert "p24" in text(board(pilot).table, 0)
        assert "p0" not in text(board(pilot).table, 0).split()


async def test_a_study_that_is_still_being_read_shows_what_is_known_and_says_so() -> None:
    """Issue 3, point 1: the newest and the best trials at once, the rest filled in behind them."""
    some = [trial(n, value=0.5 + n / 1e6) for n in (7, 50_000, 99_998, 99_999)]
    counts = dict.fromkeys(TrialState, 0) | {TrialState.COMPLETE: 100_000}
    part = frame(replace(study(some), outline=Outline(counts, read=4)))
    cockpit = ScriptedCockpit(part)
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = board(pilot).table
        assert "4 of 100 000, reading" in str(table.border_subtitle)
        await press(pilot, "down")
        number = table.cursor
        whole = frame(study([*some, *(trial(n, value=0.4) for n in range(300, 600))]))
        cockpit.play(app, whole)
        await settled(pilot, whole)
        assert (table.cursor, len(table.rows)) == (number, 304)
        assert "reading" not in str(table.border_subtitle)


def test_parameters_that_only_some_trials_have() -> None:
    rows: list[TrialRow] = [trial(0), replace(trial(1), params={"depth": 3}, ranges={})]
    fitted = Columns()
    fitted.fit(study(rows, declared={"lr": FloatRange(1e-4, 1e-1, log=True), "kind": Choices((1, "two", None))}))
    titles = [c.title for c in fitted.shown]
    assert titles[5:7] == ["lr", "weight_decay"]
    assert fitted.texts(1, NOON, slice(1, 99))[5:7] == ("–", "–")
    assert fitted.texts(1, NOON, slice(1, 99))[titles.index("depth")] == "3"
