"""Real processes: started in a session of their own, told apart by their creation, ended for certain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from hpt_tui.store.liveness import process_started, same_process
from hpt_tui.supervisor.process import Child, Orphan
from tests.waiting import eventually

SLEEPER = "import time; print('ready', flush=True); time.sleep(600)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("grandchild", child.pid, flush=True)
{then}
"""

Starter = Callable[..., Child]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """Starts Python children; whatever is left of them is killed at the end."""
    started: list[Child] = []

    def run(code: str, *, grace: float = 10.0, environment: dict[str, str] | None = None) -> Child:
        argv = [sys.executable, "-c", code]
        started.append(Child(argv, tmp_path / "worker.log", environment, grace=grace))
        return started[-1]

    yield run
    for child in started:
        if child.alive():
            os.killpg(child.pid, signal.SIGKILL)
            over(child)


def over(child: Child) -> None:
    eventually(lambda: not child.alive())


def ready(child: Child, word: str = "ready") -> None:
    eventually(lambda: word in child.tail(5))


def test_it_runs_and_says_how_it_ended(start: Starter) -> None:
    child = start("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    over(child)
    assert child.exit_code() == 3
    assert sorted(child.tail(5).splitlines()) == ["err", "out"]


def test_a_running_one_has_no_exit_code(start: Starter) -> None:
    child = start(SLEEPER)
    assert child.alive()
    assert child.exit_code() is None
    assert child.created - process_started(os.getpid()) >= 0


def test_its_environment_goes_on_top_of_the_inherited_one(start: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPT_TUI_INHERITED", "1")
    names = "'HPT_TUI_INHERITED', 'HPT_TUI_EXTRA'"
    child = start(f"import os; print([os.environ.get(n) for n in ({names})])", environment={"HPT_TUI_EXTRA": "2"})
    over(child)
    assert child.tail(1) == "['1', '2']"


def test_stdin_is_empty(start: Starter) -> None:
    child = start("import sys; print(repr(sys.stdin.read()))")
    over(child)
    assert child.tail(1) == "''"


def test_the_tail_is_of_this_process_only_though_the_log_is_kept(start: Starter, tmp_path: Path) -> None:
    for word in ("first", "second"):
        child = start(f"print('{word}')")
        over(child)
    assert child.tail(10) == "second"
    assert (tmp_path / "worker.log").read_text() == "first\nsecond\n"


def test_the_tail_of_a_flood_is_short_and_plain(start: Starter) -> None:
    child = start(
        "print('\\x1b[31m' + 'x' * 10 + '\\n', end=''); print('y\\n' * 100_000, end=''); print('last\\x07')"
    )
    over(child)
    assert child.tail(2) == "y\nlast"


def test_what_cannot_be_started_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no-such-program"):
        Child(["/no-such-program"], tmp_path / "worker.log")


def test_it_survives_the_end_of_its_parents_session(tmp_path: Path) -> None:
    """L7. A process in between starts a child and dies by a hangup with its whole group, as under SSH."""
    code = f"""
import sys, time
from pathlib import Path
from hpt_tui.supervisor.process import Child
child = Child([sys.executable, "-c", {SLEEPER!r}], Path({str(tmp_path / "worker.log")!r}))
print(child.pid, child.created, flush=True)
time.sleep(600)
"""
    between = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert between.stdout is not None
    pid, created = between.stdout.readline().split()
    os.killpg(between.pid, signal.SIGHUP)
    between.wait(30)
    between.stdout.close()
    orphan = Orphan(int(pid), float(created))
    assert orphan.alive()
    orphan.ask_to_end(0.0)
    eventually(lambda: not orphan.alive())


def test_asked_to_end_it_ends(start: Starter) -> None:
    child = start(SLEEPER)
    ready(child)
    child.ask_to_end(0.0)
    over(child)
    assert child.exit_code() == -signal.SIGTERM


def test_one_that_ignores_the_request_is_killed_after_the_grace(start: Starter) -> None:
    child = start(DEAF, grace=10.0)
    ready(child)
    child.ask_to_end(100.0)
    child.ask_to_end(105.0)
    child.tick(109.9)
    assert child.alive()
    child.tick(110.0)
    over(child)
    assert child.exit_code() == -signal.SIGKILL


@pytest.mark.parametrize("then", ["time.sleep(600)", "sys.exit(5)"], ids=["ended", "crashed"])
def test_its_own_children_do_not_outlive_it(start: Starter, then: str) -> None:
    """Data loaders of a dead worker would go on holding GPU memory."""
    child = start(PARENT.format(then=then))
    ready(child, "grandchild")
    grandchild = int(child.tail(1).split()[1])
    child.ask_to_end(0.0)
    over(child)
    eventually(lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == "zombie")


class TestOrphan:
    def test_it_is_found_by_pid_and_creation(self, start: Starter) -> None:
        child = start(SLEEPER)
        assert Orphan(child.pid, child.created).alive()
        assert same_process(child.pid, child.created) is not None

    def test_a_later_process_of_the_same_pid_is_another_and_is_left_alone(self, start: Starter) -> None:
        child = start(SLEEPER)
        ready(child)
        stale = Orphan(child.pid, child.created - 3600, grace=0.0)
        assert not stale.alive()
        stale.ask_to_end(0.0)
        stale.tick(100.0)
        assert child.alive()

    def test_one_that_ignores_the_request_is_killed_after_the_grace(self, start: Starter) -> None:
        child = start(DEAF)
        ready(child)
        orphan = Orphan(child.pid, child.created, grace=10.0)
        orphan.ask_to_end(100.0)
        orphan.tick(109.0)
        assert orphan.alive()
        orphan.tick(110.0)
        eventually(lambda: not orphan.alive())

    def test_one_in_somebodys_foreground_is_meant_alone(self) -> None:
        """It shares our process group: a signal to the group would end these tests."""
        process = subprocess.Popen([sys.executable, "-c", SLEEPER], stdout=subprocess.DEVNULL)
        orphan = Orphan(process.pid, process_started(process.pid))
        orphan.ask_to_end(0.0)
        assert process.wait(30) == -signal.SIGTERM

    def test_nobody_is_not_alive(self) -> None:
        orphan = Orphan(2**22 + 1, 0.0)
        assert not orphan.alive()
        assert orphan.exit_code() is None
        assert orphan.tail(3) == ""
        orphan.ask_to_end(0.0)
        orphan.tick(100.0)
