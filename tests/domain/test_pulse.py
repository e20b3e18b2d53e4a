"""How long a worker has been silent: heard by our own clock, whatever the worker's says (issue 4, item 6)."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.pulse import LONGEST_LOOK, Pulse
from hpt_tui.domain.worker import Lease, WorkerState

LEASE = Lease("far-1", "far", "boot", 1, 2.0, 0, "cpu", WorkerState.TRAINING, 1000.0)


def test_at_first_sight_nothing_has_been_watched_whatever_the_workers_clock_says() -> None:
    assert Pulse().unmoved(replace(LEASE, beat=-86_400.0), 1000.0) == 0.0


def test_what_was_watched_adds_up_and_a_beat_ends_it() -> None:
    pulse = Pulse()
    assert [pulse.unmoved(LEASE, 1000.0 + 5 * n) for n in range(4)] == [0.0, 5.0, 10.0, 15.0]
    assert pulse.unmoved(replace(LEASE, beat=1.0), 1020.0) == 0.0
    assert pulse.unmoved(replace(LEASE, beat=1.0), 1025.0) == 5.0


def test_time_in_which_nobody_looked_is_no_silence() -> None:
    pulse = Pulse()
    pulse.unmoved(LEASE, 0.0)
    assert pulse.unmoved(LEASE, 3600.0) == LONGEST_LOOK


def test_a_clock_that_is_set_back_takes_nothing_away() -> None:
    pulse = Pulse()
    pulse.unmoved(LEASE, 100.0)
    pulse.unmoved(LEASE, 105.0)
    assert pulse.unmoved(LEASE, 50.0) == 5.0
    assert pulse.unmoved(LEASE, 52.0) == 7.0


def test_for_people_the_silence_is_all_of_it() -> None:
    pulse = Pulse()
    assert pulse.silence(replace(LEASE, beat=940.0), 1000.0) == 60.0
    assert pulse.silence(replace(LEASE, beat=940.0), 4600.0) == 3660.0
    assert pulse.silence(replace(LEASE, beat=9999.0), 4605.0) == 0.0
