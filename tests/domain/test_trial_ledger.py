"""Trials as columns (issue 3): rows come back as they were put, and a photo never changes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from hpt_tui.domain.space import Choices, FloatRange, IntRange
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.domain.trial_ledger import TrialLedger, trials_of
from tests.builders import trial

ODD = [
    TrialRow(0, TrialState.WAITING),
    TrialRow(1, TrialState.FAILED, reason="boom", by_hand=True, started=1.0, ended=2.0, worker="w-1", noted=True),
    TrialRow(2, TrialState.RUNNING, last_step=7, last_value=math.inf, steps=3, non_finite=True, baseline=True),
    TrialRow(3, TrialState.COMPLETE, values=(math.inf,), infeasible=True),
]
CHOICES = (True, 1, 1.0, "1", None)


@pytest.mark.parametrize("row", [*ODD, trial(4), trial(5, TrialState.PRUNED)], ids=lambda row: f"{row.state}")
def test_a_row_comes_back_as_it_was_put(row: TrialRow) -> None:
    assert trials_of([row])[0] == row


@pytest.mark.parametrize("value", CHOICES, ids=repr)
def test_choices_are_told_apart_by_their_kind(value: bool | float | str | None) -> None:
    row = TrialRow(0, TrialState.COMPLETE, params={"c": value}, ranges={"c": Choices(CHOICES)})
    back = trials_of([row])[0].params["c"]
    assert (back, type(back)) == (value, type(value))


def test_a_parameter_without_a_known_range_keeps_its_value() -> None:
    row = TrialRow(0, TrialState.COMPLETE, params={"depth": 3, "kind": "a"})
    assert trials_of([row])[0] == row


def test_a_widened_parameter_keeps_the_range_that_each_trial_was_drawn_from() -> None:
    ranges = (IntRange(1, 8), IntRange(1, 16), IntRange(1, 8))
    rows = [TrialRow(n, TrialState.COMPLETE, params={"n": 4}, ranges={"n": r}) for n, r in enumerate(ranges)]
    trials = trials_of(rows)
    assert [row.ranges["n"] for row in trials] == list(ranges)
    assert len(trials.columns.params["n"].ranges) == 2


def test_only_numbers_count_as_numeric() -> None:
    rows = [
        TrialRow(0, TrialState.COMPLETE, params={"x": 0.5}, ranges={"x": FloatRange(0.0, 1.0)}),
        TrialRow(1, TrialState.COMPLETE, params={"x": 2}, ranges={"x": Choices((2, 4))}),
        TrialRow(2, TrialState.COMPLETE),
    ]
    found = trials_of(rows).columns.params["x"].numeric.tolist()
    assert found[0] == 0.5
    assert all(map(math.isnan, found[1:]))


def test_choices_among_numbers_are_numbers_too_where_they_are_asked_for() -> None:
    kinds = Choices((16, "16", 0.5, True, None))
    rows = [
        TrialRow(n, TrialState.COMPLETE, params={"x": v}, ranges={"x": kinds}) for n, v in enumerate(kinds.options)
    ]
    rows += [
        TrialRow(5, TrialState.COMPLETE),
        TrialRow(6, TrialState.COMPLETE, params={"x": 3}),
        trial(7, params={"x": 2}),
    ]
    column = trials_of(rows).columns.params["x"]
    assert [None if math.isnan(x) else x for x in column.numbers()] == [16, None, 0.5, None, None, None, 3, 2]
    assert column.numbers(np.array([6, 0])).tolist() == [3, 16]


def test_a_photo_never_changes() -> None:
    ledger = TrialLedger()
    running = trial(0, TrialState.RUNNING, None, steps=1)
    ledger.put(running)
    before = ledger.photo()
    ledger.put(trial(0, TrialState.COMPLETE, 0.9, params={"lr": 1e-2}))
    ledger.put(trial(1))
    assert list(before) == [running]
    assert [t.state for t in ledger.photo()] == [TrialState.COMPLETE, TrialState.COMPLETE]


def test_nor_do_the_reasons_in_it() -> None:
    ledger = TrialLedger()
    ledger.put(trial(0, TrialState.FAILED, None, reason="first"))
    before = ledger.photo()
    ledger.put(trial(1, TrialState.FAILED, None, reason="second"))
    ledger.give_reasons({0: "told better"})
    assert dict(before.columns.reasons) == {0: "first"}
    assert [t.reason for t in ledger.photo()] == ["told better", "second"]


def test_writing_what_is_there_already_changes_nothing() -> None:
    """A reader may write the columns of all running trials again."""
    ledger = TrialLedger()
    for number in range(3):
        ledger.put(trial(number, TrialState.RUNNING, None))
    before = ledger.photo()
    places = np.array([0, 2])
    ledger.states.write_all(places, before.columns.states[places])
    ledger.values.write_all(places, before.columns.values[places])
    assert ledger.photo() is before
    ledger.steps.write_all(places, np.array([7, 8]))
    assert ledger.photo().columns.steps.tolist() == [7, 30, 8]
    assert before.columns.steps.tolist() == [30, 30, 30]


def test_what_has_not_changed_is_the_very_same_array() -> None:
    ledger = TrialLedger()
    ledger.put(trial(0, TrialState.RUNNING, None, steps=1))
    before = ledger.photo()
    ledger.put(trial(0, TrialState.RUNNING, None, steps=2))
    after = ledger.photo()
    assert after.columns.steps is not before.columns.steps
    assert after.columns.states is before.columns.states
    assert after.columns.params["lr"] is before.columns.params["lr"]


def test_nothing_new_is_the_very_same_photo() -> None:
    ledger = TrialLedger()
    ledger.put(trial(0))
    before = ledger.photo()
    ledger.put(trial(0))
    assert ledger.photo() is before


def test_a_result_is_derived_again_only_when_its_arrays_have_changed() -> None:
    ledger, made = TrialLedger(), []
    ledger.put(trial(0, TrialState.RUNNING, None, steps=1))

    def derive() -> None:
        trials = ledger.photo()
        trials.derive("states", (trials.columns.states,), lambda: made.append(len(trials)))

    derive()
    ledger.put(trial(0, TrialState.RUNNING, None, steps=2))
    derive()
    ledger.put(trial(1))
    derive()
    assert made == [1, 2]


def test_a_trial_that_is_found_late_goes_between_the_others() -> None:
    ledger = TrialLedger()
    for number in (0, 3, 1):
        ledger.put(trial(number))
    trials = ledger.photo()
    assert [t.number for t in trials] == [0, 1, 3]
    assert [trials.place(n) for n in range(5)] == [0, 1, None, 2, None]


def test_a_parameter_that_is_taken_back_is_gone() -> None:
    ledger = TrialLedger()
    row = trial(0)
    ledger.put(row)
    without = replace(row, params={"lr": 0.1}, ranges={"lr": row.ranges["lr"]})
    ledger.put(without)
    assert ledger.photo()[0] == without


def test_many_trials_outgrow_the_buffers() -> None:
    rows = [trial(n) for n in range(500)]
    assert list(trials_of(rows)) == rows
