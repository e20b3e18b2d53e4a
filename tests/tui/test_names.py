"""The one order of the parameters."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.space import FloatRange
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.domain.trial_ledger import TrialLedger
from hpt_tui.tui.names import parameters
from tests.builders import study

UNIT = FloatRange(0.0, 1.0)


def drawn(number: int, *names: str) -> TrialRow:
    return TrialRow(
        number, TrialState.COMPLETE, params=dict.fromkeys(names, 0.5), ranges=dict.fromkeys(names, UNIT)
    )


def test_they_come_as_the_trials_suggest_them() -> None:
    rows = [drawn(0, "b", "a"), drawn(1, "c", "b"), *(drawn(n, "b") for n in range(2, 100)), drawn(100, "d")]
    assert parameters(study(rows, declared={})) == ("b", "a", "c", "d")


def test_whichever_trial_was_read_first() -> None:
    ledger = TrialLedger()
    for row in (drawn(7, "late"), drawn(3, "early")):
        ledger.put(row)
    assert parameters(replace(study(declared={}), trials=ledger.photo())) == ("early", "late")


def test_a_study_file_says_it_first_and_declared_ones_that_no_trial_has_come_last() -> None:
    declared = {"z": UNIT, "a": UNIT}
    rows = [drawn(0, "a", "b")]
    assert parameters(replace(study(rows, declared=declared), from_file=True)) == ("z", "a", "b")
    assert parameters(study(rows, declared=declared)) == ("a", "b", "z")


def test_one_that_was_taken_back_is_gone() -> None:
    ledger = TrialLedger()
    for row in (drawn(0, "a", "b"), drawn(0, "a")):
        ledger.put(row)
    assert parameters(replace(study(declared={}), trials=ledger.photo())) == ("a",)
