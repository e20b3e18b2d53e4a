"""How far, how fast, and G23: what pruning saved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hpt_tui.domain.progress import Progress, progress, stop_words, used_up
from hpt_tui.domain.snapshot import Control, Outline
from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.domain.trial import TrialState
from tests.builders import NOON, study, trial

NOTHING = Control()


def test_an_empty_study_is_unknown_all_over() -> None:
    found = progress(study(), NOON)
    assert found.finished == 0
    assert (found.elapsed, found.per_minute, found.eta, found.saved) == (None, None, None, None)


def test_finished_counts_complete_pruned_and_failed() -> None:
    states = [TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED, TrialState.RUNNING, TrialState.WAITING]
    assert progress(study([trial(n, s) for n, s in enumerate(states)]), NOON).finished == 3


def test_an_interrupted_trial_uses_up_no_budget() -> None:
    assert progress(study([trial(0, TrialState.FAILED, None, by_hand=True)]), NOON).finished == 0


def test_the_clock_runs_while_a_trial_does() -> None:
    running = [trial(0), trial(1, TrialState.RUNNING, None)]
    assert progress(study(running), NOON).elapsed == 3600


def test_and_stands_once_nothing_runs() -> None:
    assert progress(study([trial(0, seconds=14), trial(1, seconds=14)]), NOON).elapsed == 15 + 14


def test_rate_and_time_to_go() -> None:
    """Four a minute, one every 15 s, 60 still to come."""
    trials = [trial(n, seconds=10) for n in range(40)]
    now = trials[-1].ended or 0.0
    found = progress(study([*trials, trial(40, TrialState.RUNNING, None)], budget=100), now)
    assert found.per_minute == pytest.approx(4, rel=0.05)
    assert found.eta == pytest.approx(60 * 15, rel=0.05)


def test_without_a_budget_there_is_no_end_to_wait_for() -> None:
    assert progress(study([trial(0), trial(1, TrialState.RUNNING, None)], budget=None), NOON).eta is None


def test_only_the_recent_past_makes_the_rate() -> None:
    assert progress(study([trial(0), trial(1, TrialState.RUNNING, None)]), NOON).per_minute is None


def test_a_search_that_is_taken_up_again_is_not_slowed_by_the_hours_between() -> None:
    """Trials 0-3 yesterday; 4-7 now, four a minute: the time in which nothing ran makes no rate."""
    start = NOON - 90_000
    yesterday = [replace(trial(n), started=start + 15 * n, ended=start + 15 * n + 14) for n in range(4)]
    running = trial(8, TrialState.RUNNING, None)
    now = NOON - 3600 + 8 * 15.0
    found = progress(study([*yesterday, *(trial(n) for n in range(4, 8)), running], budget=28), now)
    assert found.per_minute == pytest.approx(4)
    assert found.eta == pytest.approx(5 * 60)


def test_trials_that_overlap_are_one_sitting_however_long_one_of_them_runs() -> None:
    """#0 runs all the while; the ones beside it come in two groups, ten minutes apart."""
    long = replace(trial(0), started=NOON, ended=NOON + 1000)
    early = [replace(trial(n), started=NOON + 15 * n, ended=NOON + 15 * n + 10) for n in range(1, 5)]
    late = [replace(t, number=t.number + 4, started=NOON + 700, ended=NOON + 780) for t in early]
    running = replace(trial(9, TrialState.RUNNING, None), started=NOON + 780)
    found = progress(study([long, *early, *late, running]), NOON + 1000)
    assert found.per_minute == pytest.approx(5 * 60 / 600)


def test_no_rate_while_nothing_runs_nor_from_one_end_nor_from_a_moment() -> None:
    ended = [trial(n, seconds=10) for n in range(40)]
    now = ended[-1].ended or 0.0
    assert progress(study(ended), now).per_minute is None
    running = trial(40, TrialState.RUNNING, None)
    assert progress(study([ended[0], running]), ended[0].ended or 0.0).per_minute is None
    first = ended[0].started or 0.0
    instant = [replace(t, started=first, ended=first + 1e-3) for t in ended]
    assert progress(study([*instant, replace(running, started=first)]), first + 1.0).per_minute is None


def test_while_a_big_study_is_being_read_only_its_counts_are_known() -> None:
    """Issue 3: the trials that are there already are the newest and the best ones."""
    counts = dict.fromkeys(TrialState, 10_000)
    part = replace(study([trial(n) for n in range(40)], budget=40), outline=Outline(counts, read=40))
    found = progress(part, NOON)
    assert found == Progress(30_000, 40, elapsed=None, per_minute=None, eta=None, saved=None)
    assert not used_up(part)
    assert used_up(replace(part, outline=None))


def running_search(*, budget: int | None = None, steps: int | None = None, control: Control = NOTHING) -> Progress:
    """Four trials of 20 steps a minute, 40 of them finished, and one that runs."""
    trials = [trial(n, seconds=10, steps=20) for n in range(40)]
    now = trials[-1].ended or 0.0
    found = study([*trials, trial(40, TrialState.RUNNING, None, steps=10)], budget=budget)
    step_budget = None if steps is None else StepBudget(steps)
    return progress(replace(found, step_budget=step_budget, control=control), now)


class TestBudgets:
    """Of trials, of steps, of time: the first that is used up ends the search."""

    def test_steps_are_those_of_all_trials_one_a_report(self) -> None:
        found = running_search(steps=1620)
        assert (found.steps, found.step_budget, found.share) == (810, 1620, 0.5)
        assert found.eta == pytest.approx(810 / 20 * 15, rel=0.05)

    def test_what_a_retry_goes_on_from_is_counted_once(self) -> None:
        again = study([trial(0, TrialState.FAILED, None, steps=6), trial(1, steps=10)])
        again = replace(again, kept_steps=6, step_budget=StepBudget(10))
        assert again.steps_run == 10
        assert used_up(again)
        assert not used_up(replace(again, step_budget=StepBudget(11)))

    def test_the_nearest_end_makes_the_bar_and_the_time_to_go(self) -> None:
        assert running_search(budget=400, steps=1620).share == 0.5
        assert running_search(budget=50, steps=1620).share == 0.8
        assert running_search(budget=44, steps=1620).eta == pytest.approx(60, rel=0.05)

    def test_the_hour_of_a_stop_is_an_end_as_well(self) -> None:
        late = NOON - 3600 + 40 * 15
        assert running_search(control=Control(deadline=late + 1000)).eta == pytest.approx(1000, abs=30)
        soon = running_search(budget=100, control=Control(deadline=late + 60))
        assert soon.eta == pytest.approx(60, abs=30)
        assert running_search(budget=100, control=Control(limit=44)).eta == pytest.approx(60, rel=0.05)

    def test_past_its_hour_the_time_is_up(self) -> None:
        assert stop_words(study(control=Control(deadline=NOON)), NOON) == "time is up"
        assert stop_words(study(control=Control(deadline=NOON, stopping=True)), NOON) == "stopping"

    def test_while_a_study_is_read_nobody_knows_its_steps(self) -> None:
        counts = dict.fromkeys(TrialState, 1)
        part = replace(study([trial(0, steps=9)]), outline=Outline(counts), step_budget=StepBudget(5))
        assert (progress(part, NOON).steps, progress(part, NOON).step_budget) == (None, 5)
        assert not used_up(part)


class TestSaved:
    def test_is_the_share_of_steps_that_pruned_trials_did_not_run(self) -> None:
        trials = [trial(0, steps=30), trial(1, TrialState.PRUNED, steps=10), trial(2, TrialState.PRUNED, steps=20)]
        assert progress(study(trials), NOON).saved == pytest.approx(30 / 90)

    def test_is_unknown_without_pruned_trials(self) -> None:
        assert progress(study([trial(0)]), NOON).saved is None

    def test_a_complete_trial_that_reports_less_saved_nothing(self) -> None:
        trials = [trial(0, steps=30), trial(1, steps=15), trial(2, TrialState.PRUNED, steps=30)]
        assert progress(study(trials), NOON).saved == 0

    def test_counts_reports_where_only_every_fifth_step_is_reported(self) -> None:
        trials = [trial(0, steps=6), trial(1, TrialState.PRUNED, steps=3)]
        assert progress(study(trials, steps=30), NOON).saved == pytest.approx(0.25)

    def test_is_unknown_where_nobody_knows_a_full_trial(self) -> None:
        assert progress(study([trial(0, TrialState.PRUNED, steps=3)], steps=None), NOON).saved is None
