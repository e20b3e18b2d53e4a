"""G10: runs of a search by hand that failed, were cut short, still train, or have nothing to show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hpt_tui.domain.manual.proposal import Ending
from hpt_tui.domain.manual.verdict import Verdict
from hpt_tui.domain.orders.manual import BeginManual
from hpt_tui.domain.trial import TrialState
from tests.builders import NOON, frame
from tests.domain.manual_runs import LOSSES, by_hand, step


@pytest.mark.parametrize(
    ("values", "ending"), [([], Ending.SHORT), ([2.3, 1.9, 1.5], Ending.SHORT)], ids=["nothing", "too little"]
)
def test_without_a_curve_there_is_nothing_to_read(values: list[float], ending: Ending) -> None:
    found = step(by_hand((1e-2, values)))
    assert found.ending is ending
    assert found.proposal is None


def test_a_run_that_failed_by_its_code_ends_it_and_one_of_nan_does_not() -> None:
    broken = by_hand((1e-2, [2.3]), last=TrialState.FAILED, reason="KeyError: 'x'")
    assert step(broken).ending is Ending.FAILED
    nanny = by_hand((1e-2, [2.3]), last=TrialState.FAILED, reason="KeyError: 'nanny'")
    assert step(nanny).ending is Ending.FAILED
    diverged = by_hand((1e-2, [2.3]), last=TrialState.FAILED, reason="DivergedError: the loss is NaN at step 4")
    found = step(diverged)
    assert found.runs[-1].verdict is Verdict.DIVERGED
    assert found.proposal is not None


@pytest.mark.parametrize("values", [[], [2.3]], ids=["failed", "no curve"])
def test_once_the_code_was_mended_the_loop_begins_anew(values: list[float]) -> None:
    state = TrialState.FAILED if values else TrialState.COMPLETE
    broken = by_hand((1e-1, LOSSES["slow"]), (3e-1, values), last=state, reason="KeyError: 'x'" if values else "")
    loop = BeginManual().loop(frame(broken), NOON + 60)
    assert (loop.runs, loop.start, loop.base, loop.at) == ({}, 1e-2, {"optimizer": "sgd"}, NOON + 60)
    sound = by_hand((1e-1, LOSSES["slow"]))
    assert BeginManual().loop(frame(sound), NOON + 60) == sound.control.manual


def test_a_run_that_was_cut_short_counts_for_nothing_and_is_run_again() -> None:
    cut = by_hand((1e-2, [2.3]), last=TrialState.FAILED, reason="interrupted by SIGTERM", by_hand=True)
    found = step(cut)
    assert found.runs[-1].verdict is Verdict.GONE
    assert (found.judged, found.proposal and found.proposal.value) == ((), 1e-2)


def test_a_run_that_was_pruned_by_hand_is_judged_if_it_had_shown_enough() -> None:
    early = by_hand((1e-2, LOSSES["slow"][:4]), last=TrialState.PRUNED, by_hand=True, reason="pruned by ann@box")
    assert step(early).runs[-1].verdict is Verdict.GONE
    late = by_hand(
        (1e-2, LOSSES["oscillates"][:12]), last=TrialState.PRUNED, by_hand=True, reason="pruned by ann@box"
    )
    assert step(late).runs[-1].verdict is Verdict.OSCILLATES


def test_while_a_run_trains_nothing_is_proposed_and_a_verdict_waits_for_enough_points() -> None:
    early = step(by_hand((1e-2, LOSSES["well"][:5]), last=TrialState.RUNNING))
    assert (early.proposal, early.ending) == (None, None)
    assert early.open is not None
    assert early.open.verdict is Verdict.OPEN
    assert "5 of the 8 points" in early.open.why
    later = step(by_hand((1e-2, LOSSES["oscillates"][:12]), last=TrialState.RUNNING))
    assert later.open is not None
    assert later.open.verdict is Verdict.OSCILLATES
    assert later.proposal is None


def test_a_lost_run_that_was_retried_is_told_by_its_retry() -> None:
    made = by_hand((1e-2, [2.3]), (1e-2, LOSSES["well"]), runs={0: 1e-2})
    lost = replace(made.trials[0], state=TrialState.FAILED, by_hand=True, values=())
    from hpt_tui.domain.trial_ledger import trials_of

    control = replace(made.control, retried=frozenset({0}))
    again = replace(made, trials=trials_of([lost, made.trials[1]]), control=control)
    assert step(again).ending is Ending.CONVERGED
    assert [run.number for run in step(again).runs] == [0, 1]
