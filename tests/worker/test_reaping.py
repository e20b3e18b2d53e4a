"""Dead workers are missed, on this machine and on others, whoever is there to miss them (issue 4, item 6).

Another machine is another host's name here: what is looked at is the same, signs of life and no process.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace

import pytest
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.care import Care
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.worker import Lease
from hpt_tui.session import Session, Terms
from hpt_tui.store import keys
from hpt_tui.store.burial import bury
from hpt_tui.store.liveness import PROOF, SILENCE, boot_id, process_started
from hpt_tui.store.reader import open_reader
from hpt_tui.worker import reaping
from hpt_tui.worker.reaping import Reaper
from tests.waiting import eventually
from tests.worker.bench import NAME, STUDIES, Bench, end_of

PATIENT, SILENT = STUDIES / "patient.py", STUDIES / "silent.py"
SOON = {
    "hpt_tui.store.liveness.SILENCE": 2.0,
    "hpt_tui.worker.reaping.PROOF": 1.5,
    "hpt_tui.worker.reaping.PERIOD": 0.1,
}


class Onlooker:
    """A session on this machine, whose clock goes as fast as the test wants."""

    def __init__(self, bench: Bench) -> None:
        self.now = 0.0
        self._session = Session(bench.address, NAME, Terms(steering=True), lambda: self.now)

    def after(self, seconds: float) -> Frame:
        """The study after ``seconds`` of looking on."""
        for _ in range(int(seconds // 5)):
            self.now += 5
            frame = self._session.tick()
        return frame

    def close(self) -> None:
        self._session.close(stop_workers=False)


@pytest.fixture
def onlooker(any_bench: Bench, request: pytest.FixtureRequest) -> Callable[[], Onlooker]:
    def make() -> Onlooker:
        made = Onlooker(any_bench)
        request.addfinalizer(made.close)
        return made

    return make


def test_a_dead_worker_elsewhere_is_missed_when_its_lease_has_run_out(
    any_bench: Bench, onlooker: Callable[[], Onlooker]
) -> None:
    any_bench.create(PATIENT)
    worker = any_bench.start(PATIENT, host="far")
    lease = any_bench.lease(lambda lease: lease.trial is not None)
    any_bench.running()
    looking = onlooker()
    looking.after(5)
    worker.kill()
    worker.wait()
    assert looking.after(SILENCE - 10).study.running
    frame = looking.after(20)
    assert not frame.study.running
    (trial,) = any_bench.trials()
    assert end_of(trial) == ("lost", f"worker {lease.worker} gave no sign of life for 60 s")
    assert trial.intermediate_values
    assert [(e.act, e.subject) for e in frame.study.events] == [("worker-lost", lease.worker)]
    assert keys.decode_leases(any_bench.control.attributes()) == ()


@pytest.mark.parametrize("file", [PATIENT, SILENT], ids=["reports", "does not listen"])
def test_one_that_comes_back_after_it_was_missed_leaves_the_trial_and_goes_on(
    bench: Bench, file: str, request: pytest.FixtureRequest
) -> None:
    bench.create(STUDIES / file)
    worker = bench.start(STUDIES / file, host="far", changes={"hpt_tui.worker.orders.GRACE": 0.1})
    first = bench.lease(lambda lease: lease.trial is not None)
    looking = Onlooker(bench)
    request.addfinalizer(looking.close)
    looking.after(5)
    os.kill(worker.pid, signal.SIGSTOP)
    looking.after(SILENCE + 5)
    assert end_of(bench.finished(1)[0])[0] == "lost"

    os.kill(worker.pid, signal.SIGCONT)
    again = bench.lease(lambda lease: lease.trial not in (None, first.trial))
    assert again.worker == first.worker
    assert [t.state for t in bench.trials()] == [TrialState.FAIL, TrialState.RUNNING]
    assert end_of(bench.trials()[0])[0] == "lost"
    assert "trial #0 was ended from outside" in bench.said()


def test_a_stopped_worker_on_the_same_machine_lives(bench: Bench, request: pytest.FixtureRequest) -> None:
    bench.create(PATIENT)
    worker = bench.start(PATIENT)
    bench.lease(lambda lease: lease.trial is not None)
    looking = Onlooker(bench)
    request.addfinalizer(looking.close)
    looking.after(5)
    os.kill(worker.pid, signal.SIGSTOP)
    frame = looking.after(10 * SILENCE)
    assert len(frame.study.running) == 1
    os.kill(worker.pid, signal.SIGCONT)


def test_without_a_session_a_worker_misses_the_other(any_bench: Bench) -> None:
    any_bench.create(PATIENT)
    dead = any_bench.start(PATIENT, host="far")
    lost = any_bench.lease(lambda lease: lease.trial is not None)
    any_bench.start(PATIENT, changes=SOON)
    any_bench.lease(lambda lease: lease.worker != lost.worker and lease.trial is not None)
    dead.kill()
    dead.wait()
    (trial,) = any_bench.finished(1)
    assert (trial.number, end_of(trial)[0]) == (lost.trial, "lost")
    eventually(lambda: any_bench.seen().events)
    assert [(e.act, e.subject) for e in any_bench.seen().events] == [("worker-lost", lost.worker)]
    assert [t.number for t in any_bench.trials(TrialState.RUNNING)] != [lost.trial]


@pytest.fixture
def mine(bench: Bench) -> Lease:
    """The lease of a worker that lives here: this process."""
    bench.create(PATIENT)
    pid = os.getpid()
    lease = bench_lease("b-1", host="here", boot=boot_id(), pid=pid, started=process_started(pid))
    bench.control.put_lease(lease)
    return lease


def bench_lease(worker: str, **facts: object) -> Lease:
    document = {"state": "training", "beat": 1.0, **facts}
    (lease,) = keys.decode_leases({keys.WORKER + worker: document})
    return lease


def left_by(bench: Bench, worker: str) -> FrozenTrial:
    """A trial that ``worker`` runs."""
    trial_id = bench.storage.create_new_trial(bench.study_id)
    bench.storage.set_trial_user_attr(trial_id, keys.TRIAL_WORKER, worker)
    return bench.storage.get_trial(trial_id)


class Watch:
    """Reapers of one study, each as a worker of its own that beats or not."""

    def __init__(self, bench: Bench, *workers: str) -> None:
        self.bench, self.now = bench, 0.0
        self.reapers = {worker: Reaper(bench.control, worker) for worker in workers}

    def after(self, seconds: float) -> None:
        for _ in range(int(seconds // reaping.PERIOD)):
            self.now += reaping.PERIOD
            for lease in keys.decode_leases(self.bench.control.attributes()):
                if lease.worker in self.reapers:
                    self.bench.control.put_lease(replace(lease, beat=self.now))
            for reaper in self.reapers.values():
                reaper.look(self.bench.control.attributes(), self.now)


def test_workers_miss_one_elsewhere_after_its_lease_and_fail_its_trial_once(bench: Bench, mine: Lease) -> None:
    bench.control.put_lease(bench_lease("a-1", host="far", boot="x", pid=1, started=1.0))
    bench.control.put_lease(bench_lease("c-1", host="far", boot="x", pid=2, started=1.0))
    trial = left_by(bench, "a-1")
    watch = Watch(bench, mine.worker, "c-1")
    watch.after(SILENCE)
    assert bench.trials(TrialState.RUNNING)
    watch.after(reaping.PERIOD)
    assert end_of(bench.storage.get_trial(trial._trial_id))[0] == "lost"
    assert [e.subject for e in keys.decode_events(bench.control.attributes())] == ["a-1"]
    assert [x.worker for x in keys.decode_leases(bench.control.attributes())] == ["b-1", "c-1"]


def test_workers_miss_one_here_whose_process_is_gone_and_never_a_living_one(
    bench: Bench, mine: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    living = replace(mine, worker="a-1")
    dead = replace(mine, worker="c-1", pid=2**22 + 1)
    for lease in (living, dead):
        bench.control.put_lease(lease)
        left_by(bench, lease.worker)
    watch = Watch(bench, "d-1")
    bench.control.put_lease(replace(mine, worker="d-1"))
    bench.control.drop_lease(mine.worker)
    watch.after(PROOF + 2 * reaping.PERIOD)
    assert [end_of(t)[0] for t in bench.trials()] == ["", "lost"]
    watch.after(10 * SILENCE)
    assert [end_of(t)[0] for t in bench.trials()] == ["", "lost"]


def test_a_lost_trial_goes_on_from_its_checkpoint_with_its_curves(
    any_bench: Bench, onlooker: Callable[[], Onlooker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKPOINTS", str(any_bench.folder / "checkpoints"))
    file = STUDIES / "checkpoints.py"
    any_bench.create(file, budget=1)
    any_bench.control.set_care(Care(retries=1))
    assert any_bench.ended(any_bench.start(file, host="far")) == -signal.SIGKILL
    onlooker().after(SILENCE + 10)
    lost, waiting = any_bench.trials()
    assert (lost.state, waiting.state) == (TrialState.FAIL, TrialState.WAITING)
    assert any_bench.ended(any_bench.start(file)) == 0
    lost, again = any_bench.trials()
    assert again.state is TrialState.COMPLETE
    assert again.params == lost.params
    assert again.intermediate_values == {step: float(step) for step in range(10)}
    reader = open_reader(any_bench.address, NAME)
    logged = eventually(lambda: reader.poll(frozenset({1})).curve(1, "loss"))
    reader.close()
    assert logged is not None
    assert [*zip(logged.steps, logged.values, strict=True)] == [(s, float(s)) for s in range(10)]


def test_a_retry_that_begins_at_the_beginning_counts_its_own_reports(bench: Bench) -> None:
    """Optuna ignores what is reported again for a step, and prunes by the last one."""
    bench.create(STUDIES / "plain_quadratic.py", budget=1)
    trial = left_by(bench, "gone-1")
    for step in range(3):
        bench.storage.set_trial_intermediate_value(trial._trial_id, step, 77.0)
    bench.control.set_care(Care(retries=1))
    bury(bench.control, bench_lease("gone-1"), [0], 1.0)
    assert bench.ended(bench.start(STUDIES / "plain_quadratic.py")) == 0
    again = bench.trials()[1]
    assert again.state is TrialState.COMPLETE
    assert 77.0 not in again.intermediate_values.values()


@pytest.mark.parametrize(("number", "tries"), [(signal.SIGTERM, 2), (signal.SIGINT, 1)])
def test_a_trial_whose_machine_is_taken_away_is_tried_again(bench: Bench, number: int, tries: int) -> None:
    bench.create(PATIENT)
    bench.control.set_care(Care(retries=1))
    worker = bench.start(PATIENT)
    bench.running()
    worker.send_signal(number)
    bench.ended(worker)
    assert [t.state for t in bench.trials()] == [TrialState.FAIL, TrialState.WAITING][:tries]


def test_a_failed_trial_is_tried_again_where_that_is_wanted(bench: Bench) -> None:
    bench.create(STUDIES / "raises.py", budget=6)
    bench.control.set_care(Care(retries=1, failed=True))
    bench.start(STUDIES / "raises.py")
    bench.halt()
    first, second = bench.trials()[:2]
    assert (second.params, second.system_attrs["retry_history"]) == (first.params, [0])
