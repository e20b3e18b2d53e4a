"""What the fleet makes of leases: workers of earlier sessions and other machines, and who counts as dead (L7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hpt_tui.domain.snapshot import Control
from hpt_tui.domain.worker import WorkerState
from tests.builders import NOON
from tests.supervisor.fakes import HERE, FakeChild, Machine, crewed


class TestEarlierSessions:
    """L7: workers outlive the terminal; attaching again finds them."""

    def test_their_workers_are_counted_not_doubled(self) -> None:
        machine = Machine()
        machine.stranger(500, slot=0)
        machine.stranger(501, slot=1)
        machine.fleet.resize(2)
        machine.after(1)
        assert machine.children == []
        assert machine.fleet.living() == 2

    def test_what_is_missing_beside_them_is_started_in_the_free_slot(self) -> None:
        machine = Machine()
        machine.stranger(501, slot=1)
        machine.fleet.resize(2)
        machine.after(1)
        assert machine.alive == [0]

    def test_one_that_dies_is_replaced(self) -> None:
        machine = Machine()
        stranger = machine.stranger(500)
        machine.fleet.resize(1)
        machine.tick()
        stranger.end(None)
        machine.after(1)
        assert machine.alive == [0]

    def test_they_can_be_told_to_leave(self) -> None:
        machine = Machine()
        machine.stranger(500, slot=0)
        machine.stranger(501, slot=1)
        machine.tick()
        assert machine.fleet.newest() == "gpubox-501-1a2b"

    def test_of_another_boot_they_are_not_ours(self) -> None:
        machine = Machine()
        machine.stranger(500)
        machine.leases = {k: replace(le, boot="boot-0") for k, le in machine.leases.items()}
        machine.fleet.resize(1)
        machine.tick()
        assert machine.alive == [0]


class TestComingAndGoing:
    def test_a_worker_without_a_lease_yet_is_starting_and_one_that_took_it_back_is_leaving(self) -> None:
        machine = Machine()
        machine.fleet.resize(1)
        machine.tick()
        assert [v.state for v in machine.fleet.views(machine.now, machine.photo)] == [WorkerState.STARTING]
        lease = machine.lease(machine.children[0])
        machine.tick()
        del machine.leases[lease.worker]
        assert [v.state for v in machine.fleet.views(machine.now, machine.photo)] == [WorkerState.LEAVING]


class TestTheDead:
    """Only a worker that is known to be gone loses its trial."""

    def test_our_own_crashed_one_at_once_with_its_trial(self) -> None:
        machine = crewed(1)
        lease = machine.lease(machine.children[0], trial=12)
        machine.tick()
        machine.children[0].end(-9)
        assert machine.after(0.5).dead == (lease,)

    def test_one_of_an_earlier_session_that_dies_before_our_eyes_at_once(self) -> None:
        machine = Machine()
        stranger = machine.stranger(500, trial=12)
        assert machine.tick().dead == ()
        stranger.end(None)
        assert [le.trial for le in machine.after(0.5).dead] == [12]

    def test_one_that_we_never_saw_alive_after_a_while_of_silence(self) -> None:
        machine = Machine()
        machine.stranger(500, trial=12).end(None)
        assert machine.after(5).dead == ()
        assert [le.trial for le in machine.after(8).dead] == [12]

    def test_one_that_had_to_be_killed_at_once_gives_its_trial_back(self) -> None:
        machine = Machine()
        machine.stranger(500, trial=12)
        machine.tick()
        machine.fleet.stop_all(machine.now)
        assert machine.fleet.busy(machine.now)
        assert [le.trial for le in machine.after(10).dead] == [12]

    def test_a_pid_that_now_belongs_to_another_process_is_dead(self) -> None:
        machine = Machine()
        machine.stranger(500, trial=12)
        machine.strangers[500] = FakeChild(500, machine.now)
        assert len(machine.after(20).dead) == 1

    def test_one_from_before_a_reboot(self) -> None:
        machine = Machine()
        machine.stranger(500, trial=12)
        machine.leases = {k: replace(le, boot="boot-0", beat=NOON - 600) for k, le in machine.leases.items()}
        assert len(machine.tick().dead) == 1

    def test_one_that_still_beats_is_not_though_its_process_is_nowhere_to_be_seen(self) -> None:
        """A container beside this one that shares the host's name."""
        machine = Machine()
        machine.stranger(500, trial=12)
        machine.strangers.clear()
        for _ in range(10):
            machine.beat()
            assert machine.after(5).dead == ()

    def test_one_on_another_machine_after_a_minute_that_we_watched_it_be_silent(self) -> None:
        machine = Machine()
        lease = machine.remote(beat=NOON - 86_400)
        assert machine.tick().dead == ()
        for _ in range(5):
            assert machine.after(10).dead == ()
        assert machine.after(10).dead == (lease,)

    def test_one_on_another_machine_is_not_for_a_gap_in_which_nobody_looked(self) -> None:
        """The storage was away, this session was stopped, the clock was set: nobody could have been heard."""
        machine = Machine()
        machine.remote()
        machine.tick()
        assert machine.after(3600).dead == ()
        machine.beat()
        assert machine.after(5).dead == ()

    def test_one_of_another_boot_whose_clock_is_behind_may_be_a_namesake(self) -> None:
        machine = Machine()
        machine.stranger(500)
        machine.leases = {k: replace(le, boot="boot-x", beat=NOON - 30) for k, le in machine.leases.items()}
        assert machine.tick().dead == ()

    def test_a_living_one_that_is_silent_is_not(self) -> None:
        machine = crewed(1)
        assert machine.after(600).dead == ()


class TestViews:
    def test_a_lease_and_its_trial_make_a_view(self) -> None:
        machine = crewed(1)
        machine.lease(machine.children[0], trial=12)
        machine.now += 2
        (view,) = machine.views()
        assert (view.worker, view.slot, view.pid, view.trial, view.step) == ("gpubox-1000-1a2b", 0, 1000, 12, 6)
        assert (view.state, view.pace, view.silent, view.here) == (WorkerState.TRAINING, 0.5, 2.0, True)

    @pytest.mark.parametrize(("stamp", "obeys"), [(0.0, True), (NOON, False)])
    def test_obeys_once_it_has_seen_the_newest_order(self, stamp: float, obeys: bool) -> None:
        machine = crewed(1)
        machine.control = Control(stamp=stamp)
        assert machine.views()[0].obeys == obeys

    def test_those_of_this_machine_come_first_each_by_slot(self) -> None:
        machine = crewed(2)
        machine.remote("alpha", slot=0)
        machine.remote("beta", slot=0)
        assert [(v.host, v.slot) for v in machine.views()] == [
            (HERE.name, 0),
            (HERE.name, 1),
            ("alpha", 0),
            ("beta", 0),
        ]

    def test_a_watching_fleet_sees_workers_without_a_tick(self) -> None:
        machine = Machine(can_launch=False)
        machine.stranger(500)
        assert [v.state for v in machine.views()] == [WorkerState.WAITING]

    def test_a_dead_one_of_an_earlier_session_is_lost(self) -> None:
        machine = Machine()
        machine.stranger(500).end(None)
        assert machine.views()[0].state is WorkerState.LOST

    def test_a_remote_one_is_lost_after_a_minute_of_silence(self) -> None:
        machine = Machine()
        machine.remote()
        machine.tick()
        machine.after(60)
        assert machine.views()[0].state is WorkerState.TRAINING
        machine.after(1)
        assert machine.views()[0].state is WorkerState.LOST
        assert not machine.views()[0].here

    def test_a_remote_clock_that_is_wrong_does_not_make_it_lost(self) -> None:
        machine = Machine()
        for second in range(0, 300, 5):
            machine.remote(beat=NOON - 3600 + second)
            machine.after(5)
        assert machine.views()[0].state is WorkerState.TRAINING

    def test_one_that_crashed_is_shown_with_its_pause_until_it_runs_again(self) -> None:
        machine = crewed(1)
        machine.children[0].end(-9)
        machine.after(0.1)
        (view,) = machine.views()
        assert view.state is WorkerState.LOST
        assert "starts again in 1 s" in view.note
        machine.leases.clear()
        machine.after(2)
        assert [v.state for v in machine.views()] == [WorkerState.STARTING]

    def test_nobody_is_shown_twice(self) -> None:
        machine = crewed(2)
        machine.children[1].end(-9)
        machine.after(0.1)
        assert [v.slot for v in machine.views()] == [0, 1]
