"""When the final validation is over (G28), whatever else the study does; what becomes of runs that are lost."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.validation import Validate
from hpt_tui.domain.trial import TrialRow, TrialState, Validates
from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.session.validating import TRIES, Validating
from tests.builders import frame, study, trial
from tests.tui.fakes import ScriptedCockpit

ORDER = Validate(top=1, seeds=1)
FOUND = (trial(0, value=0.5, params={"lr": 1e-1}), trial(1, value=0.9, params={"lr": 1e-2}))
LEASE = Lease("w1", "box", "boot", 1, 0.0, 0, "cpu", WorkerState.TRAINING, 0.0)


def run(number: int, state: TrialState, *, lost: bool = False) -> TrialRow:
    return replace(
        trial(number, state, 0.8, params={"lr": 1e-2}, validates=Validates(1, 1), by_hand=lost), worker="w1"
    )


def seen(*runs: TrialRow, finished: bool = False, leased: bool = False) -> Frame:
    return frame(study([*FOUND, *runs], leases=(LEASE,) if leased else ()), finished=finished)


def played(*frames: Frame) -> tuple[list[bool], ScriptedCockpit]:
    cockpit = ScriptedCockpit(*frames)
    validating = Validating(cockpit, ORDER)
    return [validating.tick().finished for _ in frames], cockpit


def test_it_is_over_with_its_runs_though_the_search_goes_on() -> None:
    waits, runs, done = (seen(run(2, s)) for s in (TrialState.WAITING, TrialState.RUNNING, TrialState.COMPLETE))
    assert played(waits, runs, done)[0] == [False, False, True]


def test_a_run_whose_worker_died_is_waited_for_until_it_is_buried_and_then_made_good() -> None:
    dead = seen(run(2, TrialState.RUNNING), finished=True, leased=True)
    buried = seen(run(2, TrialState.FAILED, lost=True), finished=True)
    again = seen(run(2, TrialState.FAILED, lost=True), run(3, TrialState.COMPLETE))
    over, cockpit = played(dead, buried, buried, again)
    assert over == [False, False, False, True]
    assert cockpit.orders == [ORDER], "asked for once"


def test_what_another_program_left_running_is_not_waited_for() -> None:
    assert played(seen(run(2, TrialState.RUNNING), finished=True))[0] == [True]


def test_a_run_that_keeps_getting_lost_is_given_up() -> None:
    losses = [seen(*(run(2 + n, TrialState.FAILED, lost=True) for n in range(k + 1))) for k in range(TRIES + 1)]
    over, cockpit = played(*losses)
    assert over == [*[False] * TRIES, True]
    assert len(cockpit.orders) == TRIES


def test_after_a_stop_nothing_is_asked_for() -> None:
    lost = seen(run(2, TrialState.FAILED, lost=True), finished=True)
    stopped = replace(lost, study=replace(lost.study, control=replace(lost.study.control, stopping=True)))
    over, cockpit = played(stopped)
    assert (over, cockpit.orders) == ([True], [])
