"""Ending workers that do not obey the order to end their trial (issue 4, item 4): patiently, and only those."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.snapshot import Control, Kill
from hpt_tui.supervisor.overdue import PATIENCE, TOGETHER
from tests.supervisor.fakes import Machine, crewed

ORDERED = Control(kills={7: Kill(by="ann@box")})


def stubborn(workers: int = 1) -> Machine:
    """The first worker runs trial #7, which somebody ordered to end just now."""
    machine = crewed(workers)
    machine.lease(machine.children[0], trial=7)
    machine.after(1)
    machine.control = ORDERED
    machine.after(1)
    return machine


def test_a_worker_that_does_not_obey_is_ended_and_replaced() -> None:
    """SIGTERM after its patience, SIGKILL after its grace; that is no crash of its own."""
    machine = stubborn()
    assert machine.after(PATIENCE - 1).condemned == {}
    assert machine.children[0].asked_at is None
    (name,) = machine.leases
    assert machine.after(1).condemned == {name: 7}
    assert machine.after(1).condemned == {}
    assert machine.children[0].alive()
    state = machine.after(10)
    assert not machine.children[0].alive()
    assert state.troubles == ()
    assert [lease.worker for lease in state.dead] == [name]
    assert machine.alive == [0]


def test_again_and_again_is_not_given_up() -> None:
    """Three crashes within a minute close a slot; three workers that were ended do not."""
    machine = stubborn()
    for _ in range(5):
        machine.after(PATIENCE)
        machine.after(11)
        machine.after(1)
        machine.lease(machine.children[-1], trial=7)
        machine.after(1)
    assert len(machine.children) == 6
    assert machine.alive == [0]


def test_the_others_work_on() -> None:
    machine = stubborn(2)
    machine.lease(machine.children[1], trial=8)
    machine.after(PATIENCE)
    machine.after(11)
    assert machine.children[1].asked_at is None


def test_who_obeys_in_time_is_left_alone() -> None:
    machine = stubborn()
    machine.after(PATIENCE - 1)
    machine.lease(machine.children[0], trial=8)
    assert machine.after(100).condemned == {}


def test_an_earlier_sessions_worker_is_ended_too() -> None:
    machine = crewed(0)
    process = machine.stranger(77, trial=7)
    machine.after(1)
    machine.control = ORDERED
    machine.after(1)
    machine.after(PATIENCE)
    assert process.asked_at is not None


def test_another_machines_worker_is_its_own_keepers_to_end() -> None:
    machine = crewed(0)
    lease = machine.remote()
    machine.leases[lease.worker] = replace(lease, trial=7)
    machine.control = ORDERED
    machine.after(1)
    machine.beat()
    assert machine.after(PATIENCE).condemned == {}


def test_one_that_trains_with_others_gets_the_time_of_a_few_steps() -> None:
    """No signal interrupts it alone, so it obeys only at a report."""
    machine = stubborn()
    (name,) = machine.leases
    machine.leases[name] = replace(machine.leases[name], together=True, pace=40.0)
    assert machine.after(TOGETHER).condemned == {}
    assert machine.after(3 * 40.0 - TOGETHER).condemned == {name: 7}
