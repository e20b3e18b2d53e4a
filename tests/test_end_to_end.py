"""The main job, for real: two worker processes train networks on digits in an SQLite study, and are steered. What
has nothing to do with networks is shown with trials that only report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hpt_tui.cli.launch import describe
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.search import PauseStudy, ResumeStudy, StopStudy
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.orders.workers import AddWorker, RemoveWorker
from hpt_tui.domain.space import FloatRange
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.worker import WorkerState
from hpt_tui.session import Session, Terms
from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.create import create_study
from tests.frames import until

DIGITS = Path(__file__).parents[1] / "studies" / "digits.py"
BRIEF = Path(__file__).parent / "studies" / "brief.py"

pytestmark = pytest.mark.train


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture
def file(request: pytest.FixtureRequest) -> Path:
    """What is searched: digits where a test says so, else trials of half a second."""
    return getattr(request, "param", BRIEF)


@pytest.fixture
def address(tmp_path: Path, file: Path) -> Address:
    address = parse_address(str(tmp_path / "study.db"))
    create_study(address, describe(str(file)), budget=500)
    return address


@pytest.fixture
def session(address: Address, file: Path) -> Iterator[Session]:
    session = Session(address, file.stem, Terms(steering=True, workers=2, target=str(file)))
    yield session
    session.close(stop_workers=True)


def alive(frame: Frame) -> int:
    return sum(w.state is not WorkerState.LOST for w in frame.workers)


def counted(frame: Frame) -> int:
    return sum(t.counted for t in frame.study.trials)


@pytest.mark.parametrize("file", [DIGITS], indirect=True, ids=["digits"])
def test_two_workers_train_and_are_steered_while_they_do(session: Session) -> None:
    # The baseline is trial 0 (G27), and losses are logged beside the reported accuracy.
    frame = until(session, lambda f: f.study.baseline and len(f.study.running) == 2)
    assert frame.study.baseline is not None
    assert frame.study.baseline.number == 0
    assert 0.5 < (frame.study.baseline.value or 0) <= 1
    assert {c.metric for c in frame.study.curves[0]} == {"val_acc", "train_loss", "val_loss"}
    assert [w.state for w in frame.workers] == [WorkerState.TRAINING] * 2
    assert len({w.pid for w in frame.workers}) == 2

    # L2: a widened bound reaches the next trials of both workers, and their code stays as it is.
    code = frame.study.declared["lr"]
    assert isinstance(code, FloatRange)
    session.submit(ChangeBound("lr", high=code.high * 10, reason="edge"))
    frame = until(session, lambda f: f.study.control.bounds)
    newest = frame.study.trials[-1].number
    wide = FloatRange(code.low, code.high * 10, log=True)
    frame = until(session, lambda f: sum(t.ranges.get("lr") == wide for t in f.study.trials) >= 2)
    assert all(t.ranges["lr"] == code for t in frame.study.trials if t.number <= newest and "lr" in t.ranges)
    assert frame.study.declared["lr"] == code

    # L4: a pruned trial ends as pruned, its worker takes the next one.
    frame = until(session, lambda f: any(t.steps for t in f.study.running))
    victim = next(t for t in frame.study.running if t.steps)
    pids = {w.pid for w in frame.workers}
    session.submit(PruneTrial(victim.number))
    frame = until(session, lambda f: f.study.by_number[victim.number].state.finished)
    ended = frame.study.by_number[victim.number]
    assert ended.state in (TrialState.PRUNED, TrialState.COMPLETE)
    if ended.by_hand:
        assert "pruned by" in ended.reason
    frame = until(session, lambda f: len(f.study.running) == 2)
    assert {w.pid for w in frame.workers} == pids

    # L3, L6: a stop lets the running trials finish; every act is an event of the study.
    running = {t.number for t in frame.study.running}
    session.submit(StopStudy())
    frame = until(session, lambda f: f.finished)
    assert not frame.study.running
    assert {frame.study.by_number[n].state for n in running} <= {TrialState.COMPLETE, TrialState.PRUNED}
    assert max(t.number for t in frame.study.trials) <= max(running) + 2
    # How the kill was obeyed is told when the trial has ended, whenever that is.
    acts = [(e.act, e.subject, e.why) for e in frame.study.events if e.act != "ended"]
    assert acts == [("widen", "lr", "edge"), ("prune", f"#{victim.number}", ""), ("stop", "", "")]
    assert frame.study.counts[TrialState.FAILED] == 0


def test_workers_come_and_go_and_hold_still_while_it_runs(session: Session) -> None:
    """L5."""
    until(session, lambda f: len(f.study.running) == 2)
    session.submit(AddWorker())
    until(session, lambda f: len(f.study.running) == 3)

    session.submit(PauseStudy())
    frame = until(session, lambda f: [w.state for w in f.workers].count(WorkerState.PAUSED) == 3)
    steps = {t.number: t.steps for t in frame.study.trials}
    held = time.monotonic() + 1
    frame = until(session, lambda f: time.monotonic() > held)
    assert {t.number: t.steps for t in frame.study.trials} == steps

    session.submit(ResumeStudy())
    until(session, lambda f: any(t.steps > steps.get(t.number, 0) for t in f.study.trials))
    session.submit(RemoveWorker())
    frame = until(session, lambda f: alive(f) == 2)
    assert frame.wanted == 2

    # One goes and another comes in its place, in whatever order they do.
    before = {w.pid for w in frame.workers}
    session.submit(RemoveWorker())
    session.submit(AddWorker())
    frame = until(
        session, lambda f: len({w.pid for w in f.workers if w.state is WorkerState.TRAINING} - before) == 1
    )
    frame = until(session, lambda f: alive(f) == 2)
    assert frame.wanted == 2


def test_workers_outlive_the_session_and_the_next_one_finds_them(session: Session, address: Address) -> None:
    """L7."""
    frame = until(session, lambda f: len(f.study.running) == 2)
    pids = {w.pid for w in frame.workers}
    session.close(stop_workers=False)

    watching = Session(address, BRIEF.stem, Terms(steering=False))
    frame = until(watching, lambda f: len(f.study.running) == 2)
    assert {w.pid for w in frame.workers} == pids
    assert not frame.access.steering

    joined = Session(address, BRIEF.stem, Terms(steering=True, workers=2, target=str(BRIEF)))
    trials = len(frame.study.trials)
    frame = until(joined, lambda f: len(f.study.trials) > trials + 1)
    assert {w.pid for w in frame.workers} == pids
    joined.close(stop_workers=True)
    frame = watching.tick()
    assert not frame.study.running
    assert all(t.by_hand for t in frame.study.trials if t.state is TrialState.FAILED)
