"""Which configurations the final validation runs (G28), and what of it is still to be done."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hpt_tui.domain.candidates import (
    WantedRun,
    candidates,
    check_validation,
    configurations,
    missing_runs,
    open_runs,
    validated,
)
from hpt_tui.domain.progress import used_up
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import FloatRange, ParamValue
from hpt_tui.domain.trial import Direction, TrialRow, TrialState, Validates
from hpt_tui.errors import OrderRefusedError
from tests.builders import study, trial

FAILED, WAITING, RUNNING = TrialState.FAILED, TrialState.WAITING, TrialState.RUNNING


def searched(number: int, lr: float, value: float | None, **more: object) -> TrialRow:
    return trial(number, value=value, params={"lr": lr}, **more)  # type: ignore[arg-type]


def run(
    number: int, of: int, seed: int, lr: float, state: TrialState = TrialState.COMPLETE, **more: object
) -> TrialRow:
    given = {"value": 0.9, "params": {"lr": lr}, **more}
    return trial(number, state, validates=Validates(of, seed), **given)  # type: ignore[arg-type]


FOUR = (
    searched(0, 1e-3, 0.5, baseline=True),
    searched(1, 1e-2, 0.8),
    searched(2, 2e-2, 0.9),
    searched(3, 3e-2, 0.7),
)


def numbers(found: StudySnapshot, top: int) -> list[int]:
    return [one.of for one in candidates(found, top)]


def test_the_best_configurations_and_the_baseline_beside_them() -> None:
    assert numbers(study(FOUR), 2) == [2, 1, 0]
    assert numbers(study(FOUR), 9) == [2, 1, 3, 0]
    assert numbers(study(FOUR, direction=Direction.MINIMIZE), 2) == [0, 3]


def test_what_cannot_win_is_no_candidate() -> None:
    bad = (
        searched(1, 1e-2, float("inf")),
        searched(2, 2e-2, 0.9, state=TrialState.PRUNED),
        searched(3, 3e-2, None, state=FAILED),
        searched(4, 4e-2, None, state=RUNNING),
        searched(5, 5e-2, 0.6),
    )
    assert numbers(study((FOUR[0], *bad)), 5) == [5, 0]


def test_several_trials_of_a_configuration_are_one_candidate_by_their_mean() -> None:
    twice = (*FOUR, searched(4, 1e-2, 1.2), searched(5, 1e-2, 0.7))
    found = candidates(study(twice), 1)[0]
    assert (found.of, found.found) == (1, (1, 4, 5))
    assert found.value == pytest.approx(0.9)


def test_a_parameter_with_a_seeds_name_makes_no_other_configuration() -> None:
    def seeded(number: int, seed: int) -> TrialRow:
        params: Mapping[str, ParamValue] = {"lr": 1e-2, "seed": seed}
        return trial(
            number, value=0.9, params=params, ranges={"lr": FloatRange(1e-4, 1e-1), "seed": FloatRange(0, 9)}
        )

    assert [one.found for one in candidates(study([seeded(0, 1), seeded(1, 2)]))] == [(0, 1)]


def test_every_first_seed_is_wanted_before_the_second_ones() -> None:
    wanted = missing_runs(study(FOUR), top=1, seeds=2)
    assert wanted == (WantedRun(2, 1), WantedRun(0, 1), WantedRun(2, 2), WantedRun(0, 2))


@pytest.mark.parametrize("state", [WAITING, RUNNING, TrialState.COMPLETE, TrialState.PRUNED])
def test_what_waits_runs_or_has_ended_is_not_wanted_again(state: TrialState) -> None:
    seen = study((*FOUR, run(4, 2, 1, 2e-2, state)))
    assert missing_runs(seen, 1, 1) == (WantedRun(0, 1),)
    assert open_runs(seen) == (state in (WAITING, RUNNING))


def test_one_that_failed_has_said_something_and_one_that_was_lost_has_not() -> None:
    ends = run(4, 2, 1, 2e-2, FAILED), run(5, 0, 1, 1e-3, FAILED, by_hand=True)
    assert missing_runs(study((*FOUR, *ends)), 1, 1) == (WantedRun(0, 1, lost=5),)


def test_the_retry_of_a_lost_run_counts_and_one_that_was_taken_back_does_not() -> None:
    lost, again = run(4, 2, 1, 2e-2, FAILED, by_hand=True), run(5, 2, 1, 2e-2, WAITING)
    assert missing_runs(study((*FOUR, lost, again)), 1, 1) == (WantedRun(0, 1),)
    surplus = run(6, 2, 1, 2e-2, FAILED, by_hand=True)
    assert validated(study((*FOUR, lost, again, surplus)))[0].runs[0].number == 5


def test_the_same_trial_is_repeated_whatever_of_its_configuration_is_found_later() -> None:
    later = (searched(1, 9e-2, 0.9), searched(5, 9e-2, 0.99), run(6, 5, 1, 9e-2))
    assert candidates(study(later))[0].of == 5
    assert missing_runs(study(later), 1, 2) == (WantedRun(5, 2),)


def test_the_runs_are_no_trials_of_the_search() -> None:
    """The best, the budget and what has been found stay what the search made them."""
    seen = study((*FOUR, run(4, 2, 1, 2e-2, value=0.99), run(5, 2, 2, 2e-2, value=0.98)), budget=5)
    assert (seen.best and seen.best.number, seen.trials.used, used_up(seen)) == (2, 4, False)
    assert [one.value for one in configurations(seen)] == [0.9, 0.8, 0.7, 0.5]
    assert not seen.trials[4].counted


def test_a_run_whose_trial_is_gone_still_has_a_row() -> None:
    assert [(one.of, one.value) for one in validated(study((*FOUR, run(9, 7, 1, 8e-2))))] == [(7, None)]


@pytest.mark.parametrize(
    ("seen", "top", "seeds", "why"),
    [
        (study(FOUR[:1]), 5, 3, "1 complete configuration"),
        (study((FOUR[1], searched(4, 1e-2, 0.1))), 5, 3, "1 complete configuration"),
        (study(()), 5, 3, "0 complete configurations"),
        (study(FOUR), 0, 3, "1 to 100 configurations, not 0"),
        (study(FOUR), 5, 0, "1 to 100 seeds, not 0"),
        (StudySnapshot("two", directions=(Direction.MINIMIZE,) * 2), 5, 3, "several objectives"),
    ],
)
def test_what_cannot_be_validated_is_refused(seen: StudySnapshot, top: int, seeds: int, why: str) -> None:
    with pytest.raises(OrderRefusedError, match=why):
        check_validation(seen, top, seeds)


def test_in_a_fork_a_run_says_the_number_that_its_trial_had_before() -> None:
    """Trials that did not fit were left behind, and the others have moved up."""
    forked = study((searched(0, 1e-2, 0.8), searched(1, 2e-2, 0.9), run(2, 0, 1, 2e-2)))
    assert [(one.of, len(one.runs)) for one in candidates(forked)] == [(1, 1), (0, 0)]
    assert missing_runs(forked, 1, 2) == (WantedRun(1, 2),)
