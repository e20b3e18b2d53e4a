"""Where workers go, and what a place's environment says: GPUs in turns, packed with shares, drained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hpt_tui.domain.machine import Packing
from hpt_tui.domain.snapshot import Control
from hpt_tui.supervisor.allotment import Allotment, resolved
from hpt_tui.supervisor.gpu import Device
from hpt_tui.supervisor.slots import THREAD_VARIABLES, slots
from tests.supervisor.fakes import Machine, crewed
from tests.supervisor.test_gpu import GPUS, PARTS


def test_one_worker_a_gpu_by_default_each_seeing_only_its_own() -> None:
    environments = [dict(slot.environment) for slot in slots(Allotment(GPUS), None, 16, {})]
    assert [e["CUDA_VISIBLE_DEVICES"] for e in environments] == [gpu.uuid for gpu in GPUS]
    assert all(e["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID" for e in environments)


def test_more_workers_than_gpus_take_turns() -> None:
    assert [s.device for s in slots(Allotment(GPUS[:2]), 5, 16, {})] == ["gpu0", "gpu1", "gpu0", "gpu1", "gpu0"]


def test_fewer_workers_take_the_first_gpus() -> None:
    assert [(s.index, s.device) for s in slots(Allotment(GPUS), 2, 16, {})] == [(0, "gpu0"), (1, "gpu1")]


@pytest.mark.parametrize(("cores", "workers"), [(1, 1), (2, 2), (4, 4), (64, 4)])
def test_a_machine_without_gpus_gets_a_worker_a_core_four_at_most(cores: int, workers: int) -> None:
    found = slots(Allotment(()), None, cores, {})
    assert len(found) == workers
    assert {s.device for s in found} == {"cpu"}


@pytest.mark.parametrize(("cores", "workers", "threads"), [(16, 4, "4"), (16, 5, "3"), (2, 8, "1")])
@pytest.mark.parametrize("devices", [(), GPUS], ids=["cpu", "gpu"])
def test_the_cores_are_shared_out_as_threads(
    devices: tuple[Device, ...], cores: int, workers: int, threads: str
) -> None:
    for slot in slots(Allotment(devices), workers, cores, {}):
        assert {dict(slot.environment)[name] for name in THREAD_VARIABLES} == {threads}


def test_what_the_user_set_himself_stays() -> None:
    (slot,) = slots(Allotment(()), 1, 8, {"OMP_NUM_THREADS": "2"})
    assert "OMP_NUM_THREADS" not in dict(slot.environment)
    assert dict(slot.environment)["MKL_NUM_THREADS"] == "8"


def test_no_workers_have_no_slots() -> None:
    assert slots(Allotment(GPUS), 0, 8, {}) == ()


def places(allotment: Allotment, workers: int | None) -> list[tuple[int, str]]:
    return [(slot.index, slot.device) for slot in slots(allotment, workers, 16, {})]


def test_only_the_chosen_gpus_get_workers_under_numbers_that_stay() -> None:
    """Whoever trains on a GPU that is chosen before and after need not move."""
    chosen = Allotment(GPUS, Packing(("0", "2")))
    assert places(chosen, None) == [(0, "gpu0"), (2, "gpu2")]
    assert places(chosen, 3) == [(0, "gpu0"), (2, "gpu2"), (4, "gpu0")]
    assert places(Allotment(GPUS, Packing(("2", "3"))), None) == [(2, "gpu2"), (3, "gpu3")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("1", ["gpu1:0", "gpu1:1"]), ("1:1", ["gpu1:1"]), ("MIG-0", ["gpu1:0"]), ("GPU-a", ["gpu0"]), ("7", [])],
)
def test_gpus_are_named_by_index_instance_or_the_beginning_of_a_uuid(name: str, expected: list[str]) -> None:
    allotment = Allotment((GPUS[0], *PARTS), Packing((name,)))
    assert [s.device for s in slots(allotment, None, 8, {})] == expected
    assert allotment.unknown == (() if expected else (name,))


def test_packed_gpus_have_so_many_workers_and_no_more_each_with_its_share() -> None:
    packed = Allotment(GPUS[:2], Packing((), 3))
    assert places(packed, None) == [(0, "gpu0"), (1, "gpu1"), (2, "gpu0"), (3, "gpu1"), (4, "gpu0"), (5, "gpu1")]
    assert len(slots(packed, 9, 16, {})) == packed.most == 6
    assert {dict(s.environment)["HPT_TUI_GPU_SHARE"] for s in slots(packed, None, 16, {})} == {"0.3333"}
    assert "HPT_TUI_GPU_SHARE" not in dict(slots(Allotment(GPUS), None, 16, {})[0].environment)


def test_a_drained_gpu_has_no_place_and_the_others_get_no_more_for_it() -> None:
    drained = Allotment(GPUS[:2], drained_names=frozenset({"0"}))
    assert places(drained, 2) == [(1, "gpu1")]
    assert places(drained, 1) == [(1, "gpu1")]
    assert places(drained, 4) == [(1, "gpu1"), (3, "gpu1")]


def test_names_are_resolved_in_the_machines_order_or_refused() -> None:
    assert [d.label for d in resolved(("3", "GPU-a"), GPUS)] == ["gpu0", "gpu3"]
    with pytest.raises(LookupError, match="there is no GPU '9'; this machine has: 0, 1, 2, 3"):
        resolved(("9",), GPUS)
    with pytest.raises(LookupError, match="'GPU-' is the beginning of 4 UUIDs"):
        resolved(("GPU-",), GPUS)


class TestWhoLeaves:
    """When another choice is made while workers run."""

    def test_workers_on_gpus_that_are_no_longer_chosen_or_drained_leave(self) -> None:
        machine = crewed(4, gpus=4)
        for child, lease in zip(machine.children, list(machine.leases.values()), strict=True):
            place = child.slot.device if child.slot else ""
            machine.leases[lease.worker] = replace(lease, device=place)
        machine.tick()
        allotment = replace(
            machine.allotment, packing=Packing(("0", "1", "2")), drained_names=frozenset({"GPU-1"})
        )
        leaving = allotment.surplus(machine.fleet.staying())
        assert [machine.leases[w].device for w in leaving] == ["gpu1", "gpu3"]

    def test_of_those_too_many_on_a_gpu_the_newest_leave(self) -> None:
        machine = crewed(3, gpus=1)
        leaving = replace(machine.allotment, packing=Packing((), 1)).surplus(machine.fleet.staying())
        assert [machine.leases[w].pid for w in leaving] == [1001, 1002]

    def test_a_worker_on_no_gpu_of_ours_stays(self) -> None:
        machine = crewed(1, gpus=1)
        (worker,) = machine.leases
        machine.leases[worker] = replace(machine.leases[worker], device="cpu")
        machine.tick()
        assert replace(machine.allotment, packing=Packing(("7",))).surplus(machine.fleet.staying()) == ()


class TestTooMany:
    """``workers N`` downward, or a ``run --workers N`` that joins, also where a worker cannot be seen yet."""

    def test_those_without_a_lease_are_told_to_leave_as_soon_as_they_can_be(self) -> None:
        machine = Machine()
        machine.fleet.resize(4)
        machine.tick()
        for child in machine.children[:2]:
            machine.lease(child)
        machine.after(1)
        machine.fleet.resize(3)
        machine.after(1)
        assert (machine.fleet.living(), machine.control.leaving) == (3, frozenset())
        machine.after(1)
        assert [v.state.value for v in machine.views()] == ["waiting", "waiting", "starting", "leaving"]
        last = machine.lease(machine.children[3])
        machine.after(1)
        assert machine.control.leaving == {last.worker}
        assert len(machine.children) == 4

    def test_then_the_newest_of_those_that_have_one(self) -> None:
        machine = crewed(3)
        for child, lease in zip(machine.children, [*machine.leases.values()], strict=True):
            child.created = lease.started + child.pid
            machine.leases[lease.worker] = replace(lease, started=child.created)
        machine.after(1)
        machine.fleet.resize(1)
        machine.after(1)
        assert machine.control.leaving == {"gpubox-1001-1a2b", "gpubox-1002-1a2b"}

    def test_nobody_else_goes_where_an_order_has_told_them_already(self) -> None:
        machine = crewed(3)
        machine.control = Control(leaving=frozenset({"gpubox-1000-1a2b", "gpubox-1001-1a2b"}))
        machine.fleet.resize(1)
        machine.after(1)
        assert len(machine.control.leaving) == 2

    def test_a_worker_by_hand_beside_as_many_as_are_wanted_stays(self) -> None:
        machine = crewed(2)
        machine.stranger(5000, slot=7)
        machine.after(1)
        machine.fleet.resize(2)
        machine.after(1)
        assert machine.control.leaving == frozenset()

    def test_one_that_is_wanted_again_is_replaced_once_it_has_left(self) -> None:
        machine = Machine()
        machine.fleet.resize(2)
        machine.tick()
        machine.fleet.resize(1)
        machine.after(1)
        machine.fleet.resize(2)
        machine.after(1)
        assert machine.alive == [0, 1]
        machine.children[1].end(0)
        machine.after(1)
        assert machine.alive == [0, 1]
        assert len(machine.children) == 3
