"""Each trial that finishes while somebody watches is told once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hpt_tui.domain.endings import Endings
from hpt_tui.domain.snapshot import Outline, StudySnapshot
from hpt_tui.domain.trial import TrialRow, TrialState
from tests.builders import study, trial

DONE, RUNS = TrialState.COMPLETE, TrialState.RUNNING


def of(*states: TrialState) -> StudySnapshot:
    return study([trial(n, state) for n, state in enumerate(states)])


def opening(known: Sequence[TrialRow], counts: dict[TrialState, int]) -> StudySnapshot:
    """A study of which only the ``known`` trials have been read."""
    every = {state: counts.get(state, 0) for state in TrialState}
    return replace(study(known), outline=Outline(every, read=len(known)))


def told(*photos: StudySnapshot) -> list[tuple[int, ...]]:
    endings = Endings()
    return [endings.newly(photo).numbers for photo in photos]


def test_what_was_finished_before_is_not_told() -> None:
    assert told(of(DONE, RUNS), of(DONE, RUNS)) == [(), ()]


def test_each_is_told_once_in_whichever_order_they_end() -> None:
    photos = of(RUNS, RUNS), of(RUNS, DONE), of(RUNS, DONE, RUNS), of(DONE, DONE, DONE)
    assert told(*photos) == [(), (1,), (), (0, 2)]


def test_every_way_of_finishing_counts() -> None:
    ends = TrialState.PRUNED, TrialState.FAILED, TrialState.WAITING
    assert told(of(RUNS, RUNS, RUNS), of(*ends)) == [(), (0, 1)]


def test_trials_of_a_study_that_was_empty_at_first() -> None:
    assert told(of(), of(RUNS), of(DONE)) == [(), (), (0,)]


def test_a_big_study_that_is_read_bit_by_bit_tells_nothing_old() -> None:
    """Issue 3: of a big study only the newest and the best trials are there at first."""
    first = opening([trial(1), trial(2, RUNS)], {DONE: 2, RUNS: 1})
    assert told(first, of(DONE, DONE, RUNS), of(DONE, DONE, DONE)) == [(), (), (2,)]


def test_what_ended_while_it_was_read_is_told_once_it_has_been() -> None:
    first = opening([trial(1), trial(2, RUNS)], {DONE: 2, RUNS: 1})
    later = opening([trial(1), trial(2), trial(3)], {DONE: 4})
    assert told(first, later, of(DONE, DONE, DONE, DONE)) == [(), (), (2, 3)]
