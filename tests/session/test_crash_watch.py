"""Worker processes that crash by themselves, one after the other, pause the search; a single sick one does not."""

from __future__ import annotations

import signal

import pytest

from hpt_tui.domain.snapshot import Halt
from hpt_tui.domain.worker import STORAGE_AWAY
from hpt_tui.session.crash_watch import CrashWatch
from hpt_tui.store import keys
from hpt_tui.store.reader import open_reader
from hpt_tui.supervisor.faults import is_fault
from tests.session.desk import Desk

CRASH = (0, "crashed, starts again in 1 s: SIGSEGV")


def halt(desk: Desk) -> Halt | None:
    return keys.decode_control(desk.control.attributes()).halt


def look(desk: Desk, watch: CrashWatch, *crashed: tuple[int, str]) -> None:
    desk.clock.now += 1
    reader = open_reader(desk.address, "s")
    watch.look(desk.control, reader.poll(), crashed, desk.clock.now)
    reader.close()


@pytest.mark.parametrize(
    ("code", "fault"),
    [(-signal.SIGSEGV, True), (-signal.SIGABRT, True), (128 + signal.SIGBUS, True), (3, True)]
    + [(code, False) for code in (None, 0, 1, 2, STORAGE_AWAY, -signal.SIGKILL, -signal.SIGTERM, 143, 130)],
)
def test_only_what_a_program_does_to_itself_is_a_fault(code: int | None, fault: bool) -> None:
    assert is_fault(code) is fault


def test_three_crashes_on_whatever_slots_pause_the_search_with_what_is_known(desk: Desk) -> None:
    watch = CrashWatch("box")
    look(desk, watch, CRASH)
    look(desk, watch, (1, CRASH[1]))
    assert halt(desk) is None
    look(desk, watch, (2, CRASH[1]))
    found = halt(desk)
    assert found is not None
    assert found.worker == "2 of box"
    assert found.why == "3 worker processes crashed within 60 s and no trial finished between them"
    assert found.tail.splitlines() == [f"worker {n} {CRASH[1]}" for n in range(3)]
    assert [e.act for e in keys.decode_events(desk.control.attributes())] == ["crash-loop"]


def test_one_sick_worker_beside_well_ones_gives_up_alone(desk: Desk) -> None:
    watch = CrashWatch("box")
    for _ in range(4):
        look(desk, watch, CRASH)
        desk.study.tell(desk.study.ask(), 0.5)
    assert halt(desk) is None


def test_crashes_far_apart_are_no_loop(desk: Desk) -> None:
    watch = CrashWatch("box")
    for _ in range(4):
        look(desk, watch, CRASH)
        desk.clock.now += 40
    assert halt(desk) is None


def test_who_goes_on_gets_the_slots_back(desk: Desk) -> None:
    watch = CrashWatch("box")
    look(desk, watch, CRASH, CRASH, CRASH)
    reader = open_reader(desk.address, "s")
    assert not watch.taken_up(reader.poll())
    desk.control.pause(False, desk.clock.now)
    assert [watch.taken_up(reader.poll()) for _ in range(2)] == [True, False]
    reader.close()
