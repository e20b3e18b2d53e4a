"""G24: a trial without progress (stalled), RUNNING trials whose worker is gone (zombie)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.flags.stalled import stalled
from hpt_tui.domain.flags.surroundings import Surroundings
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.flags.zombie import zombie
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.domain.worker import WorkerState, WorkerView
from tests.builders import NOON, study, trial, worker

LIMITS = Thresholds()
OURS = worker(0, trial=20, pace=0.5)
"""Finished trials take 14 s for 30 steps."""


def search(*running: TrialRow, finished: int = 20, steps: int = 30, control: Control = Control()) -> StudySnapshot:
    return study(
        [*(trial(n, steps=steps) for n in range(finished)), *running], steps=steps or None, control=control
    )


def run(number: int = 20, *, seconds: float, steps: int = 5, by: str = OURS.worker) -> TrialRow:
    row = trial(number, TrialState.RUNNING, None, steps=steps)
    return replace(row, started=NOON - seconds, worker=by)


def around(
    *workers: WorkerView, since: float | None = None, moved: Mapping[int, float] | None = None
) -> Surroundings:
    ago = {number: NOON - at for number, at in (moved or {}).items()}
    return Surroundings(NOON, workers, None if since is None else NOON - since, ago)


def both(snapshot: StudySnapshot, at: Surroundings) -> list[Flag]:
    return [*zombie(snapshot, at, LIMITS), *stalled(snapshot, at, LIMITS)]


def test_a_step_that_takes_many_times_its_pace_is_told_with_the_order_to_prune() -> None:
    (flag,) = both(search(run(seconds=70 * 60)), around(OURS, since=4000, moved={20: 12 * 60}))
    assert flag.id == "stalled"
    assert flag.summary == "#20 has made no progress for 12 min; a step usually takes 0.50 s"
    assert dict(flag.evidence)["allowed"] == "1 min"
    assert flag.order == PruneTrial(20)


def test_without_anybody_watching_the_time_since_its_start_tells() -> None:
    """Five steps of a slow trial take 3 s here: half an hour for the sixth is late."""
    (flag,) = both(search(run(seconds=1800)), around(OURS))
    assert flag.id == "stalled"
    assert dict(flag.evidence)["running for"] == "30 min"


def test_one_that_never_reports_is_late_when_others_would_be_long_done() -> None:
    (flag,) = both(search(run(seconds=600, steps=0), steps=0), around(OURS))
    assert "a trial usually takes 0:14" in flag.summary or "a step usually takes" in flag.summary


def test_several_are_one_flag() -> None:
    other = replace(OURS, worker="gpubox-9-9", trial=21)
    snapshot = search(run(seconds=3600), run(21, seconds=7200, by=other.worker))
    (flag,) = both(snapshot, around(OURS, other))
    assert flag.trials == (21, 20)
    assert "nor have 1 more" in flag.summary


@pytest.mark.parametrize(
    ("snapshot", "at"),
    [
        pytest.param(search(), around(), id="nothing runs"),
        pytest.param(search(run(seconds=4)), around(OURS), id="just begun"),
        pytest.param(search(run(seconds=50)), around(OURS), id="a minute is never late"),
        pytest.param(search(run(seconds=3600)), around(OURS, since=3600, moved={20: 3}), id="slow, but moving"),
        pytest.param(
            search(run(seconds=3600)), around(replace(OURS, state=WorkerState.PAUSED)), id="it is paused"
        ),
        pytest.param(search(run(seconds=3600), control=Control(paused=True)), around(OURS), id="all are paused"),
        pytest.param(search(run(seconds=3600), finished=4), around(OURS), id="too few to know what is usual"),
        pytest.param(
            search(run(seconds=65, steps=30)),
            around(OURS, since=60, moved={20: 50}),
            id="testing after its last step",
        ),
        pytest.param(search(run(seconds=55, by="")), around(), id="another program's, not that late"),
    ],
)
def test_healthy_trials_are_silent(snapshot: StudySnapshot, at: Surroundings) -> None:
    assert both(snapshot, at) == []


def test_a_trial_whose_worker_is_lost_is_a_zombie() -> None:
    (flag,) = both(search(run(seconds=300)), around(replace(OURS, state=WorkerState.LOST)))
    assert flag.id == "zombie"
    assert flag.summary.startswith("#20 is still marked as running after 5 min, but its worker is gone")
    assert flag.order is None and flag.why_no_order


def test_so_is_one_whose_worker_has_no_lease_any_more() -> None:
    (flag,) = both(search(run(seconds=300)), around())
    assert dict(flag.evidence)["workers known to be gone"] == 1


def test_another_programs_is_presumed_dead_after_ten_times_the_longest() -> None:
    (flag,) = both(search(run(seconds=3600, by=""), run(21, seconds=9000, by="")), around())
    assert flag.id == "zombie"
    assert flag.trials == (21, 20)
    assert dict(flag.evidence)["presumed, by their time"] == 2
    assert "the longest other one took 14 s" in flag.summary


@pytest.mark.parametrize(
    ("snapshot", "at"),
    [
        pytest.param(search(run(seconds=20)), around(), id="its worker has just signed"),
        pytest.param(search(run(seconds=100, by="")), around(), id="not ten times as long"),
        pytest.param(search(run(seconds=9000, by=""), finished=4), around(), id="too few to know"),
        pytest.param(search(run(seconds=9000, by="")), around(since=60, moved={20: 5}), id="it moved just now"),
        pytest.param(search(run(seconds=9000)), around(OURS), id="its worker lives"),
    ],
)
def test_the_living_are_no_zombies(snapshot: StudySnapshot, at: Surroundings) -> None:
    assert not [*zombie(snapshot, at, LIMITS)]
