"""Issue 4, item 2: a search that is forked while it runs; real workers move over, and the session follows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.description import Description
from hpt_tui.domain.forking import Fork, plan_fork
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.redeclare import Redeclaration
from hpt_tui.domain.space import Choices
from hpt_tui.domain.worker import WorkerState
from hpt_tui.session import Session, Terms
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.create import create_study
from hpt_tui.store.fork import make_fork
from tests.frames import until
from tests.storages import fresh_storage

OBJECTIVE = """
import time

import optuna


def objective(trial):
    kind = trial.suggest_categorical("kind", ["sgd", "adamw"])
    lr = trial.suggest_float("lr", 0.001, 1.0)
    width = trial.suggest_int("width", 1, 8)
    for step in range(12):
        trial.report(lr * width, step)
        time.sleep(0.05)
        if trial.should_prune():
            raise optuna.TrialPruned
    return lr * width
"""
CHANGES = (
    Redeclaration("kind", ("adamw", "lion")),
    Redeclaration("lr", log=True),
    Redeclaration("width", floats=True),
)
pytestmark = pytest.mark.train


@pytest.fixture(params=["sqlite"])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    with fresh_storage(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(OBJECTIVE)
    return path


@pytest.fixture
def session(address: Address, file: Path) -> Iterator[Session]:
    create_study(address, Description("old", str(file), "objective"), budget=40)
    session = Session(address, "old", Terms(steering=True, workers=2, target=str(file)))
    yield session
    session.close(stop_workers=True)


def fork_of(frame: Frame) -> Fork:
    return plan_fork(frame.study, CHANGES, "new")


def trials(address: Address, name: str) -> list[FrozenTrial]:
    storage = open_storage(address, writable=False)
    try:
        return storage.get_all_trials(storage.get_study_id_from_name(name))
    finally:
        close_storage(storage)


def own(trial: FrozenTrial) -> bool:
    """Whether it began in this study."""
    return keys.TRIAL_ORIGIN not in trial.user_attrs


@pytest.mark.parametrize("address", ["sqlite", "journal", "postgres"], indirect=True)
def test_workers_end_their_trials_and_go_on_in_the_fork_and_the_session_follows(
    session: Session, address: Address, file: Path
) -> None:
    elsewhere = subprocess.Popen(
        [sys.executable, "-m", "hpt_tui", "worker", str(file), "--study", "old", "--slot", "7"],
        env={**os.environ, "HPT_TUI_STORAGE": address.url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        frame = until(session, lambda f: len(f.study.running) == 3 and len(f.study.complete) > 3)
        pids = {w.pid for w in frame.workers}
        assert elsewhere.pid in pids
        make_fork(address, fork_of(frame))

        frame = until(session, lambda f: f.study.name == "new" and len(f.study.running) == 3)
        assert {w.pid for w in frame.workers if w.state is not WorkerState.LOST} == pids
        assert frame.study.predecessor == "old"
        assert frame.study.declared["kind"] == Choices(("adamw", "lion"))
        frame = until(session, lambda f: f.finished)
    finally:
        elsewhere.kill()
        elsewhere.wait()

    before, after = trials(address, "old"), trials(address, "new")
    # The budget is kept: 40 finished trials in the fork, those that were copied among them.
    assert len(after) == 40
    assert all(t.state.is_finished() for t in (*before, *after))
    assert not [t for t in before if t.state is TrialState.FAIL]
    # Every trial that fits was brought over once, those that ended after the copy too.
    origins = [t.user_attrs[keys.TRIAL_ORIGIN] for t in after if not own(t)]
    assert sorted(origins) == [t.number for t in before if t.params["kind"] == "adamw"]
    # The unchanged objective draws from what was declared anew, and whole numbers stay whole.
    drawn = [t for t in after if own(t)]
    assert {t.params["kind"] for t in drawn} == {"adamw", "lion"}
    assert all(t.params["width"] == int(t.params["width"]) for t in drawn)
    assert {t.state for t in drawn} <= {TrialState.COMPLETE, TrialState.PRUNED}


def test_who_watches_is_led_to_the_fork_and_running_the_old_study_says_where_it_goes_on(
    session: Session, address: Address, file: Path
) -> None:
    watching = Session(address, "old", Terms(steering=False))
    frame = until(session, lambda f: len(f.study.complete) > 2)
    make_fork(address, fork_of(frame))
    until(session, lambda f: f.study.name == "new")
    frame = until(watching, lambda f: f.study.name == "new")
    assert not frame.access.steering
    watching.close(stop_workers=False)
    with pytest.raises(Exception, match="goes on in its fork 'new'; add --study new"):
        create_study(address, Description("old", str(file), "objective"))


def test_a_worker_that_comes_late_goes_where_the_search_goes_on(address: Address, file: Path) -> None:
    create_study(address, Description("old", str(file), "objective"), budget=3)
    session = Session(address, "old", Terms(steering=True, workers=1, target=str(file)))
    frame = until(session, lambda f: f.finished)
    session.close(stop_workers=True)
    make_fork(address, plan_fork(frame.study, CHANGES[1:], "new"))
    storage = open_storage(address, writable=True)
    storage.set_study_user_attr(storage.get_study_id_from_name("new"), keys.BUDGET, 5)
    close_storage(storage)
    done = subprocess.run(
        [sys.executable, "-m", "hpt_tui", "worker", str(file), "--study", "old"],
        env={**os.environ, "HPT_TUI_STORAGE": address.url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "moving there" in done.stderr
    assert len(trials(address, "old")) == 3
    assert len(trials(address, "new")) == 5
