"""Making a study and joining it: together, again after a stop or a pause, and with its baseline run for good."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from optuna.distributions import FloatDistribution, distribution_to_json
from optuna.trial import TrialState

from hpt_tui.domain.description import Description
from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.store import keys
from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.connect import open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.create import create_study
from hpt_tui.store.liveness import boot_id, process_started
from hpt_tui.store.record import decode_record
from hpt_tui.store.sqlite_file import UnfinishedError, check_schema
from hpt_tui.store.step_documents import decode_step_budget

TOGETHER = 3
CREATE = """
import sys
from hpt_tui.domain.description import Description
from hpt_tui.store.address import parse_address
from hpt_tui.store.create import create_study
print("ready", flush=True)
sys.stdin.readline()
create_study(parse_address(sys.argv[1]), Description("s", "/x.py", "objective"))
"""
UNDECLARED = Description("s", "/x.py", "objective")
DECLARED = Description(
    *("s", "/x.py", "objective", "acc", "maximize"),
    space={"lr": distribution_to_json(FloatDistribution(1e-4, 1e-1, log=True))},
    baseline={"lr": 1e-3},
    declared=True,
)


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    yield


class Bench:
    """A study that was made from ``description``."""

    def __init__(self, address: Address, description: Description) -> None:
        self.address, self.description = address, description
        study_id = create_study(address, description)
        self.storage = open_storage(address, writable=True)
        self.control = StudyControl(self.storage, study_id, "ann@box")
        self.study = optuna.load_study(study_name=description.name, storage=self.storage)

    def again(self, budget: int | None = None) -> None:
        create_study(self.address, self.description, budget=budget)

    def baselines(self) -> list[TrialState]:
        return [t.state for t in self.study.get_trials() if t.user_attrs.get(keys.TRIAL_BASELINE) is True]

    def take(self, pid: int) -> optuna.Trial:
        """Take the waiting trial as the worker of a process."""
        place = (socket.gethostname(), boot_id(), pid, process_started(pid))
        self.control.put_lease(Lease("w", *place, 0, "cpu", WorkerState.TRAINING, time.time()))
        trial = self.study.ask()
        trial.set_user_attr(keys.TRIAL_WORKER, "w")
        return trial


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(parse_address(str(tmp_path / "study.db")), DECLARED)


@pytest.mark.parametrize("machines", ["one machine", "many machines"])
def test_many_that_create_at_once_all_get_the_study(address: Address, machines: str, tmp_path: Path) -> None:
    """Machines share no lock file."""
    states = [tmp_path / ("state" if machines == "one machine" else f"state{n}") for n in range(TOGETHER)]
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", CREATE, address.url],
            env={**os.environ, "HPT_TUI_STATE_DIR": str(state)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for state in states
    ]
    for one in crowd:
        assert one.stdout is not None
        assert one.stdout.readline() == b"ready\n"
    for one in crowd:
        assert one.stdin is not None
        one.stdin.write(b"go\n")
        one.stdin.flush()
    ends = [one.communicate(timeout=60)[1].decode() for one in crowd]
    assert [one.returncode for one in crowd] == [0] * TOGETHER, "\n".join(ends)
    assert [s.study_name for s in open_storage(address, writable=False).get_all_studies()] == ["s"]


def test_tables_without_a_revision_are_still_being_made(tmp_path: Path) -> None:
    address = parse_address(str(tmp_path / "x.db"))
    with pytest.raises(UnfinishedError, match="another Optuna"):
        check_schema(address, {"studies"}, None, create=True)


def test_running_a_study_again_takes_back_a_stop_and_a_pause_and_says_so(bench: Bench) -> None:
    bench.control.stop(True, 1.0)
    bench.control.pause(True, 1.0)
    bench.again()
    attributes = bench.control.attributes()
    control = keys.decode_control(attributes)
    assert (control.stopping, control.paused) == (False, False)
    (event,) = keys.decode_events(attributes)
    assert event.act == "resume"
    assert event.by.endswith(f"@{socket.gethostname()}")
    bench.again()
    assert len(keys.decode_events(bench.control.attributes())) == 1


def test_another_budget_is_an_event_and_the_first_or_the_same_one_is_none(bench: Bench) -> None:
    """L6: a later run may change how many trials there are to be; who did it, and from what, is kept."""
    bench.again(budget=40)
    bench.again(budget=40)
    bench.again()
    bench.again(budget=60)
    given, changed = keys.decode_events(bench.control.attributes())
    assert (given.act, given.before, given.after, dict(given.was)) == ("set-budget", "", "40", {"trials": None})
    assert (changed.act, changed.before, changed.after) == ("set-budget", "40", "60")
    assert (dict(changed.was), dict(changed.became)) == ({"trials": 40}, {"trials": 60})
    assert keys.decode_budget(bench.control.attributes()) == 60


def test_the_budget_that_a_study_is_made_with_is_no_event(tmp_path: Path) -> None:
    address = parse_address(str(tmp_path / "x.db"))
    create_study(address, UNDECLARED, budget=40)
    control = StudyControl(open_storage(address, writable=True), 1, "ann@box")
    assert (keys.decode_budget(control.attributes()), keys.decode_events(control.attributes())) == (40, ())


def test_a_baseline_waits_runs_and_counts_once(bench: Bench) -> None:
    bench.again()
    assert bench.baselines() == [TrialState.WAITING]
    trial = bench.take(os.getpid())
    bench.again()
    assert bench.baselines() == [TrialState.RUNNING]
    bench.study.tell(trial, 0.5)
    bench.again()
    assert bench.baselines() == [TrialState.COMPLETE]


@pytest.mark.parametrize("state", [TrialState.PRUNED, TrialState.FAIL])
def test_a_baseline_that_ended_by_itself_is_not_run_again(bench: Bench, state: TrialState) -> None:
    bench.study.tell(bench.take(os.getpid()), state=state)
    bench.again()
    assert bench.baselines() == [state]


@pytest.mark.parametrize("how", ["interrupted", "lost"])
def test_a_baseline_that_was_interrupted_is_run_again(bench: Bench, how: str) -> None:
    trial = bench.take(os.getpid())
    trial.set_user_attr(keys.TRIAL_END, {"how": how, "text": ""})
    bench.study.tell(trial, state=TrialState.FAIL)
    bench.again()
    assert bench.baselines() == [TrialState.FAIL, TrialState.WAITING]
    assert bench.study.get_trials()[-1].system_attrs["fixed_params"] == {"lr": 1e-3}


def test_a_baseline_whose_worker_is_dead_is_run_again(bench: Bench) -> None:
    bench.take(2**22 + 1)
    bench.again()
    assert bench.baselines() == [TrialState.RUNNING, TrialState.WAITING]


def test_a_budget_of_steps_stays_until_another_is_given(bench: Bench) -> None:
    said: list[str] = []
    for steps in (500, None, 400, 0):
        create_study(bench.address, bench.description, steps=steps, tell=said.append)
        now = decode_step_budget(bench.control.attributes())
        assert (now and now.steps) == {500: 500, None: 500, 400: 400, 0: None}[steps]
    assert said == [
        "the budget is 400 steps from now on, instead of 500",
        "there is no budget of steps any more, instead of 400",
    ]
    changes = [
        (e.subject, e.before, e.after)
        for e in keys.decode_events(bench.control.attributes())
        if e.act == "set-budget"
    ]
    assert changes == [("steps", "", "500"), ("steps", "500", "400"), ("steps", "400", "none")]


def test_fewer_trials_than_before_are_said_and_more_are_not(bench: Bench) -> None:
    said: list[str] = []
    for budget in (40, 60, 10):
        create_study(bench.address, bench.description, budget=budget, tell=said.append)
    assert said == ["the budget is 10 finished trials from now on, fewer than before (60)"]


class TestTime:
    """`--timeout` is the stop that `hpt-tui stop --in` orders."""

    def deadline(self, bench: Bench, seconds: float | None, said: list[str]) -> float | None:
        create_study(bench.address, bench.description, seconds=seconds, tell=said.append)
        return keys.decode_control(bench.control.attributes()).deadline

    def test_it_begins_with_each_run_that_names_one_and_stays_if_the_next_does_not(self, bench: Bench) -> None:
        said: list[str] = []
        first = self.deadline(bench, 3600, said)
        assert first == pytest.approx(time.time() + 3600, abs=60)
        assert self.deadline(bench, None, said) == first
        second = self.deadline(bench, 7200, said)
        assert second == pytest.approx(time.time() + 7200, abs=60)
        assert "1 h 00 after the start" in said[0] and "as was ordered before" in said[1]
        assert "instead of" in said[2]
        assert [e.act for e in keys.decode_events(bench.control.attributes())] == ["stop", "stop"]

    def test_one_that_is_over_is_taken_back_by_the_next_run(self, bench: Bench) -> None:
        bench.control.stop(False, time.time(), deadline=time.time() - 1)
        assert self.deadline(bench, None, []) is None
        assert [e.act for e in keys.decode_events(bench.control.attributes())] == ["resume"]

    def test_it_leaves_a_stop_after_more_trials_as_it_is(self, bench: Bench) -> None:
        bench.control.stop(False, time.time(), limit=9)
        self.deadline(bench, 3600, [])
        assert keys.decode_control(bench.control.attributes()).limit == 9


def test_a_study_without_the_baseline_of_its_file_gets_it(tmp_path: Path) -> None:
    bench = Bench(parse_address(str(tmp_path / "s.db")), replace(DECLARED, baseline={}))
    bench.study.tell(bench.study.ask(), 1.0)
    create_study(bench.address, DECLARED)
    assert bench.baselines() == [TrialState.WAITING]


def test_an_undeclared_file_joins_a_study_of_two_objectives(tmp_path: Path) -> None:
    address = parse_address(str(tmp_path / "two.db"))
    storage = open_storage(address, writable=True, create=True)
    optuna.create_study(study_name="s", storage=storage, directions=["minimize", "maximize"])
    bench = Bench(address, UNDECLARED)
    record = decode_record(json.loads(json.dumps(bench.control.attributes()[keys.SPEC])))
    assert record is not None
    assert record.direction == "minimize and maximize"
