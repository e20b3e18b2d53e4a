"""Workers that the kernel killed for want of memory (issue 4, item 6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpt_tui.supervisor import kernel
from hpt_tui.supervisor.kernel import RECENT, OomWatch, oom_kills
from tests.supervisor.fakes import crewed


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_counted_in_our_control_group_else_on_the_machine(tmp_path: Path) -> None:
    own = written(tmp_path / "cgroup", "4:cpu,memory:/job\n0::/user.slice/a b\n")
    machine = written(tmp_path / "vmstat", "nr_free_pages 77\noom_kill 5\n")
    assert oom_kills(own, tmp_path / "groups", machine) == 5
    written(tmp_path / "groups/memory/job/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    assert oom_kills(own, tmp_path / "groups", machine) == 3
    own.write_text("0::/user.slice/a b\n")
    written(tmp_path / "groups/user.slice/a b/memory.events", "low 0\nhigh 0\nmax 9\noom 4\noom_kill 2\n")
    assert oom_kills(own, tmp_path / "groups", machine) == 2


def test_where_nobody_counts_there_are_none(tmp_path: Path) -> None:
    assert oom_kills(tmp_path / "a", tmp_path / "b", tmp_path / "c") == 0


@pytest.fixture
def kills(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many the kernel has killed: the last of the list."""
    count = [7]
    monkeypatch.setattr(kernel, "oom_kills", lambda: count[-1])
    return count


def test_a_kill_counts_for_a_few_seconds(kills: list[int]) -> None:
    watch = OomWatch()
    assert [watch.look(float(now)) for now in range(3)] == [False] * 3
    kills.append(8)
    assert watch.look(3.0)
    assert watch.look(3.0 + RECENT / 2)
    assert not watch.look(5.0 + 2 * RECENT)
    assert not watch.look(6.0 + 2 * RECENT)


@pytest.mark.parametrize(
    ("killed", "code", "starved"), [(8, -9, True), (7, -9, False), (8, -11, False), (8, 1, False)]
)
def test_a_worker_was_starved_if_it_was_killed_when_the_kernel_did_so(
    kills: list[int], killed: int, code: int, starved: bool
) -> None:
    machine = crewed(1)
    lease = machine.lease(machine.children[0], trial=12)
    machine.tick()
    kills.append(killed)
    machine.children[0].end(code, "loading the data")
    state = machine.after(1)
    assert state.dead == (lease,)
    assert state.starved == (frozenset({lease.worker}) if starved else frozenset())
    assert ("killed by the kernel, out of memory" in "".join(state.troubles)) is starved
