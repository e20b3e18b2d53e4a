"""G24.5: trials that end within one step or go NaN or infinite."""

from __future__ import annotations

import dataclasses

import pytest

from hpt_tui.domain.flags.early_death import early_death
from hpt_tui.domain.flags.flag import Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.space import Bound
from hpt_tui.domain.trial import TrialRow, TrialState
from tests.builders import NOON, study, trial

LIMITS = Thresholds()
CRASH = "RuntimeError: mat1 and mat2 shapes cannot be multiplied"


def well(first: int, count: int, lr: float = 3e-3) -> list[TrialRow]:
    return [trial(first + n, params={"lr": lr}) for n in range(count)]


def nan(first: int, count: int, lr: float = 9e-2) -> list[TrialRow]:
    return [
        trial(first + n, TrialState.FAILED, None, steps=3, non_finite=True, params={"lr": lr})
        for n in range(count)
    ]


def crashed(first: int, count: int, reason: str = CRASH) -> list[TrialRow]:
    return [trial(first + n, TrialState.FAILED, None, steps=0, reason=reason) for n in range(count)]


def pruned(first: int, count: int, steps: int = 1, *, by_hand: bool = False) -> list[TrialRow]:
    return [trial(first + n, TrialState.PRUNED, 0.1, steps=steps, by_hand=by_hand) for n in range(count)]


def short(first: int, count: int) -> list[TrialRow]:
    return [trial(first + n, value=0.1, steps=1) for n in range(count)]


def test_nan_at_high_learning_rates_names_the_learning_rate_and_lowers_it() -> None:
    (flag,) = early_death(study([*well(0, 6), *nan(6, 4)]), LIMITS)
    assert flag.severity is Severity.WARNING
    assert flag.summary == (
        "4 of the last 10 finished trials ended within one step or went NaN, at a median lr of 9.0e-2: "
        "they train nothing"
    )
    assert flag.cause == "lr is too high: median 9.0e-2 against 3.0e-3 in the others."
    assert flag.order == ChangeBound("lr", high=1e-2, reason="early-death")
    assert flag.trials == (6, 7, 8, 9)
    assert flag.rule == "G24.5"


def test_crashes_quote_their_most_common_reason() -> None:
    (flag,) = early_death(study([*well(0, 6), *crashed(6, 3), *crashed(9, 1, "OSError: disk full")]), LIMITS)
    evidence = dict(flag.evidence)
    assert evidence["most common reason"] == f"{CRASH} (3 x)"
    assert evidence["crashed within one step"] == 4
    assert evidence["NaN or infinite"] == 0
    assert "exception" in flag.cause


def test_a_hostile_exception_comes_out_plain_and_short() -> None:
    (flag,) = early_death(study(crashed(0, 9, "\x1b]0;owned\x07\n" + "A" * 5000)), LIMITS)
    text = str(dict(flag.evidence)["most common reason"])
    assert text.isprintable()
    assert len(text) < 100


def test_one_epoch_of_thirty_is_an_early_end() -> None:
    (flag,) = early_death(study([*well(0, 6), *short(6, 3)]), LIMITS)
    assert dict(flag.evidence)["complete after one step"] == 3


def test_all_dead_is_critical() -> None:
    (flag,) = early_death(study(nan(0, 5)), LIMITS)
    assert flag.severity is Severity.CRITICAL


def test_a_pruner_that_judges_at_the_first_step_is_told_as_information() -> None:
    (flag,) = early_death(study([*well(0, 4), *pruned(4, 8)]), LIMITS)
    assert flag.severity is Severity.INFO
    assert "pruner" in flag.fix


def test_a_tenfold_lower_bound_that_would_not_keep_them_out_is_not_proposed() -> None:
    (flag,) = early_death(study([*well(0, 6, lr=1e-3), *nan(6, 4, lr=3e-3)]), LIMITS)
    assert flag.parameters == ("lr",)
    assert flag.order is None


def test_the_batch_size_is_the_next_suspect() -> None:
    trials = [
        dataclasses.replace(t, params={**t.params, "batch_size": 120 if t.state is TrialState.FAILED else 16})
        for t in [*well(0, 6), *crashed(6, 4)]
    ]
    (flag,) = early_death(study(trials), LIMITS)
    assert flag.parameters == ("batch_size",)
    assert flag.order is None


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(study(), id="empty"),
        pytest.param(study(nan(0, 4)), id="too few to judge"),
        pytest.param(study([*well(0, 20), *nan(20, 4)]), id="under a fifth"),
        pytest.param(study([*well(0, 5), *pruned(5, 20, steps=11)]), id="pruned later"),
        pytest.param(study([*well(0, 5), *pruned(5, 5, by_hand=True)]), id="pruned by hand"),
        pytest.param(study([*well(0, 5), *crashed(5, 5, "interrupted: stopped at once")]), id="interrupted"),
        pytest.param(study([trial(n, steps=1) for n in range(20)], steps=1), id="a study of one step"),
        pytest.param(study([trial(n, steps=1) for n in range(20)], steps=None), id="one step, undeclared"),
        pytest.param(
            study([trial(n, steps=0) for n in range(20)], steps=None), id="an objective that reports nothing"
        ),
        pytest.param(study([trial(n, steps=0) for n in range(20)]), id="one that should report but doesn't"),
        pytest.param(
            study([*well(0, 9), *(trial(n, TrialState.RUNNING, None, steps=1) for n in range(9, 20))]),
            id="running",
        ),
        pytest.param(
            study([*well(0, 6), *nan(6, 4)], control=Control(bounds={"lr": Bound(1e-4, 1e-2, NOON)})),
            id="already narrowed away",
        ),
        pytest.param(study([*nan(0, 60), *well(60, 40)]), id="long cured"),
    ],
)
def test_healthy_studies_are_silent(snapshot: StudySnapshot) -> None:
    assert not [*early_death(snapshot, LIMITS)]
