"""The fleet as histories: what is started, restarted, given up, and leaves (L5)."""

from __future__ import annotations

import pytest

from hpt_tui.domain.snapshot import Control
from hpt_tui.domain.worker import WorkerState
from tests.supervisor.fakes import Machine, crewed


class TestStarting:
    def test_as_many_as_wanted_lowest_slots_first(self) -> None:
        machine = crewed(3, gpus=2)
        assert machine.alive == [0, 1, 2]
        assert [c.slot.device for c in machine.children if c.slot] == ["gpu0", "gpu1", "gpu0"]

    def test_nothing_while_nothing_is_open_for_work(self) -> None:
        machine = Machine()
        machine.fleet.resize(2)
        machine.tick(start=False)
        assert machine.children == []

    def test_nothing_where_nothing_can_be_launched(self) -> None:
        machine = Machine(can_launch=False)
        machine.fleet.resize(2)
        machine.tick()
        assert machine.children == []
        assert not machine.fleet.can_launch
        assert not machine.fleet.given_up

    def test_one_more(self) -> None:
        machine = crewed(1)
        machine.fleet.resize(machine.fleet.living() + 1)
        machine.after(1)
        assert machine.alive == [0, 1]

    def test_a_started_one_is_shown_before_it_has_a_lease(self) -> None:
        machine = Machine()
        machine.fleet.resize(1)
        machine.tick()
        (view,) = machine.views()
        assert (view.state, view.slot, view.pid, view.here) == (WorkerState.STARTING, 0, 1000, True)

    def test_a_launch_that_the_system_refuses_is_told_once(self) -> None:
        machine = Machine(refuses="no such file")
        machine.fleet.resize(1)
        assert machine.tick().troubles == ("worker 0 (cpu) cannot be started: no such file",)
        assert machine.after(100).troubles == ()
        assert machine.fleet.given_up


class TestCrashing:
    def test_a_crashed_one_starts_again_after_a_second(self) -> None:
        machine = crewed(2)
        machine.children[0].end(-11, "Segmentation fault")
        assert machine.after(1).troubles == (
            "worker 0 (cpu) crashed, starts again in 1 s: SIGSEGV: Segmentation fault",
        )
        assert machine.alive == [1]
        machine.after(0.9)
        assert machine.alive == [1]
        machine.after(0.1)
        assert machine.alive == [0, 1]

    def test_the_second_pause_is_longer(self) -> None:
        machine = crewed(1)
        machine.children[0].end(-9)
        machine.after(1)
        machine.after(1)
        machine.children[1].end(-9)
        machine.after(1)
        machine.after(1.9)
        assert machine.alive == []
        machine.after(0.1)
        assert machine.alive == [0]

    def test_a_clock_that_is_set_back_makes_no_pause_longer(self) -> None:
        machine = crewed(1)
        machine.children[0].end(-9)
        machine.after(1)
        machine.after(-3600)
        assert machine.alive == []
        machine.after(1)
        assert machine.alive == [0]

    def test_three_crashes_within_a_minute_and_it_is_given_up(self) -> None:
        machine = crewed(1)
        for _ in range(3):
            machine.children[-1].end(-9, "CUDA error: out of memory")
            machine.after(1)
            machine.after(5)
        machine.after(1000)
        assert len(machine.children) == 3
        assert machine.fleet.given_up
        (view,) = machine.views()
        assert view.state is WorkerState.LOST
        assert view.note == "crashed 3 times within 60 s, given up: SIGKILL: CUDA error: out of memory"

    def test_crashes_far_apart_go_on_for_ever_and_the_pause_starts_over(self) -> None:
        machine = crewed(1)
        for _ in range(10):
            machine.after(70)
            machine.children[-1].end(-9)
            machine.after(1)
            machine.after(1)
            assert machine.alive == [0]

    def test_the_pause_grows_to_half_a_minute_and_no_further(self) -> None:
        machine = crewed(1)
        pauses = []
        for _ in range(8):
            machine.after(50)
            machine.children[-1].end(-9)
            machine.after(1)
            waited = 0
            while not machine.alive:
                machine.after(1)
                waited += 1
            pauses.append(waited)
        assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]

    def test_given_up_elsewhere_does_not_stop_the_others(self) -> None:
        machine = crewed(2)
        machine.children[1].end(2, "study file: missing")
        machine.after(1)
        machine.children[0].end(-9)
        machine.after(1)
        machine.after(1)
        assert machine.alive == [0]
        assert not machine.fleet.given_up

    def test_another_worker_asked_for_gives_a_lost_slot_another_chance(self) -> None:
        machine = crewed(3)
        machine.children[1].end(1, "gave up")
        machine.children[2].end(1, "gave up")
        machine.after(1)
        assert machine.alive == [0]
        machine.fleet.resize(machine.fleet.living() + 1)
        machine.after(1)
        assert machine.alive == [0, 1]


class TestEnding:
    @pytest.mark.parametrize(("code", "note"), [(1, "exit code 1: trials keep failing"), (2, "exit code 2: bad")])
    def test_one_that_gave_up_is_not_restarted_and_says_why(self, code: int, note: str) -> None:
        machine = crewed(1)
        machine.children[0].end(code, note.partition(": ")[2])
        assert machine.after(1).troubles == (f"worker 0 (cpu) {note}",)
        machine.after(1000)
        assert len(machine.children) == 1
        assert machine.views()[0].note == note

    def test_one_that_had_nothing_more_to_do_disappears(self) -> None:
        machine = crewed(1)
        machine.leases.clear()
        machine.children[0].end(0)
        assert machine.after(1).troubles == ()
        machine.after(100)
        assert len(machine.children) == 1
        assert machine.views() == ()
        assert machine.fleet.given_up

    def test_after_a_stop_a_resume_starts_them_again(self) -> None:
        machine = crewed(2)
        machine.leases.clear()
        for child in machine.children:
            child.end(0)
        machine.after(1, start=False)
        machine.fleet.revive()
        machine.after(1)
        assert machine.alive == [0, 1]

    def test_one_that_does_not_end_is_killed_after_the_grace_though_the_clock_is_set_back(self) -> None:
        machine = crewed(1)
        machine.fleet.stop_all(machine.now)
        assert machine.fleet.busy(machine.now - 3600)
        assert machine.fleet.busy(machine.now - 3600 + 9)
        assert not machine.fleet.busy(machine.now - 3600 + 10)

    def test_all_at_once(self) -> None:
        machine = crewed(2)
        stranger = machine.stranger(500, slot=2)
        machine.tick()
        machine.children[0].obedient = True
        machine.fleet.stop_all(machine.now)
        assert machine.fleet.busy(machine.now)
        assert machine.alive == [1]
        assert stranger.alive()
        assert not machine.fleet.busy(machine.now + 10)
        assert machine.after(20).troubles == ()
        assert machine.alive == []


class TestShrinking:
    def test_the_newest_leaves_first(self) -> None:
        machine = crewed(1)
        machine.fleet.resize(2)
        machine.after(10)
        newest = machine.lease(machine.children[1])
        machine.tick()
        assert machine.fleet.newest() == newest.worker

    def test_those_already_leaving_are_passed_over(self) -> None:
        machine = crewed(2)
        first = machine.fleet.newest()
        machine.control = Control(leaving=frozenset({first}))
        machine.after(1)
        assert machine.fleet.newest() not in ("", first)
        assert machine.fleet.living() == 1

    def test_nobody_is_left(self) -> None:
        assert Machine().fleet.newest() == ""

    def test_a_leaving_one_is_shown_so_and_not_replaced(self) -> None:
        machine = crewed(2)
        leaver = machine.fleet.newest()
        machine.control = Control(leaving=frozenset({leaver}))
        machine.fleet.resize(1)
        machine.after(1)
        assert {v.worker: v.state for v in machine.views()}[leaver] is WorkerState.LEAVING
        machine.children[1].end(0)
        del machine.leases[leaver]
        machine.after(100)
        assert machine.alive == [0]
        assert len(machine.children) == 2

    def test_one_that_left_unseen_between_two_ticks_is_replaced_when_more_are_wanted(self) -> None:
        """``hpt-tui workers 1``, soon after it ``workers 2``: the leaver ended before a tick saw it leaving."""
        machine = crewed(2)
        del machine.leases[machine.fleet.newest()]
        machine.children[1].end(0)
        machine.fleet.resize(2)
        machine.after(1)
        assert machine.alive == [0, 1]

    def test_its_slot_is_free_again_afterwards(self) -> None:
        machine = crewed(2)
        machine.control = Control(leaving=frozenset({machine.fleet.newest()}))
        machine.fleet.resize(2)
        machine.after(1)
        assert len(machine.children) == 2
        machine.children[1].end(0)
        machine.after(1)
        machine.fleet.resize(2)
        machine.after(1)
        assert machine.alive == [0, 1]
