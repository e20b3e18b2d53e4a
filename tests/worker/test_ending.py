"""How running trials are ended: by order, by signal, from outside, and by their own mistakes."""

from __future__ import annotations

import signal

import pytest
from optuna.trial import TrialState

from hpt_tui.domain.care import Care
from hpt_tui.domain.worker import WorkerState
from hpt_tui.store import keys
from tests.worker.bench import STUDIES, Bench, end_of, now


@pytest.mark.parametrize(
    ("file", "steps"),
    [("patient", 1), ("no_prune", 1), ("silent", 0)],
    ids=["asks", "only reports", "does neither"],
)
def test_pruned_by_order_and_the_worker_lives_on(file_bench: Bench, file: str, steps: int) -> None:
    study_file = STUDIES / f"{file}.py"
    file_bench.create(study_file)
    worker = file_bench.start(study_file)
    first = file_bench.running(steps)

    file_bench.control.prune(first.number, now())

    ended = file_bench.finished(1)[0]
    assert ended.number == first.number
    assert ended.state is TrialState.PRUNED
    assert end_of(ended) == ("pruned-by-hand", "pruned by ann@lab")
    if steps:
        assert ended.value == ended.intermediate_values[max(ended.intermediate_values)]
    assert file_bench.running(steps).number == first.number + 1
    assert worker.poll() is None


def test_stop_lets_the_trial_finish(bench: Bench) -> None:
    bench.create(STUDIES / "plain_quadratic.py")
    worker = bench.start(STUDIES / "plain_quadratic.py")
    bench.finished(3)
    bench.control.stop(True, now())
    assert bench.ended(worker) == 0
    assert not bench.trials(TrialState.RUNNING)
    assert not any(t.state is TrialState.FAIL for t in bench.trials())
    assert keys.decode_leases(bench.control.attributes()) == ()


@pytest.mark.parametrize(("file", "steps"), [("patient", 1), ("silent", 0)], ids=["reports", "does not listen"])
def test_stop_at_once_fails_the_trial_as_interrupted(file_bench: Bench, file: str, steps: int) -> None:
    study_file = STUDIES / f"{file}.py"
    file_bench.create(study_file)
    worker = file_bench.start(study_file)
    file_bench.running(steps)
    file_bench.control.stop(True, now(), now=True)
    assert file_bench.ended(worker) == 0
    (trial,) = file_bench.trials()
    assert trial.state is TrialState.FAIL
    assert end_of(trial)[0] == "interrupted"


@pytest.mark.parametrize("study", ["patient", "silent"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_no_zombie(bench: Bench, number: signal.Signals, study: str) -> None:
    study_file = STUDIES / f"{study}.py"
    bench.create(study_file)
    worker = bench.start(study_file)
    bench.running(steps=study == "patient")
    bench.lease(lambda lease: lease.trial is not None)
    worker.send_signal(number)
    assert bench.ended(worker) == 128 + number
    (trial,) = bench.trials()
    assert trial.state is TrialState.FAIL
    assert end_of(trial) == ("interrupted", f"interrupted by {number.name}")
    assert keys.decode_leases(bench.control.attributes()) == ()


def test_a_signal_between_trials_ends_the_worker(bench: Bench) -> None:
    bench.create(STUDIES / "patient.py")
    bench.control.pause(True, now())
    worker = bench.start(STUDIES / "patient.py")
    bench.lease(lambda lease: lease.state is WorkerState.PAUSED)
    worker.terminate()
    assert bench.ended(worker) == 128 + signal.SIGTERM
    assert bench.trials() == []


def test_pause_holds_the_trial_and_resume_goes_on(file_bench: Bench) -> None:
    file_bench.create(STUDIES / "patient.py")
    file_bench.start(STUDIES / "patient.py")
    first = file_bench.running(steps=3)
    file_bench.control.pause(True, now())
    lease = file_bench.lease(lambda lease: lease.state is WorkerState.PAUSED)
    assert lease.trial == first.number
    held = file_bench.running().intermediate_values
    file_bench.lease(lambda later: later.beat > lease.beat)
    assert file_bench.running().intermediate_values == held
    file_bench.control.pause(False, now())
    assert file_bench.running(steps=len(held) + 3).number == first.number
    assert file_bench.lease(lambda lease: lease.state is WorkerState.TRAINING).pace


def test_a_paused_trial_can_be_pruned(bench: Bench) -> None:
    bench.create(STUDIES / "patient.py")
    bench.start(STUDIES / "patient.py")
    first = bench.running()
    bench.control.pause(True, now())
    bench.lease(lambda lease: lease.state is WorkerState.PAUSED)
    bench.control.prune(first.number, now())
    assert bench.finished(1)[0].state is TrialState.PRUNED


def test_leave_ends_the_worker_after_its_trial(bench: Bench) -> None:
    bench.create(STUDIES / "patient.py")
    worker = bench.start(STUDIES / "patient.py")
    first = bench.running()
    lease = bench.lease()
    bench.control.leave(lease.worker, now())
    assert bench.lease(lambda lease: lease.state is WorkerState.LEAVING).trial == first.number
    bench.control.prune(first.number, now())
    assert bench.ended(worker) == 0
    assert [t.state for t in bench.trials()] == [TrialState.PRUNED]
    assert bench.control.attributes().get(keys.LEAVE + lease.worker) is None


@pytest.mark.parametrize("study", ["patient", "silent"])
def test_failed_from_outside_the_worker_goes_on(bench: Bench, study: str) -> None:
    """optuna-dashboard's Fail button writes the state behind the worker's back."""
    study_file = STUDIES / f"{study}.py"
    bench.create(study_file)
    worker = bench.start(study_file)
    first = bench.running(steps=study == "patient")
    bench.storage.set_trial_state_values(first._trial_id, TrialState.FAIL)
    if study == "silent":
        bench.control.prune(first.number, now())
    assert bench.running(steps=study == "patient").number == first.number + 1
    assert worker.poll() is None
    assert "ended from outside" in bench.said()


def test_three_failures_pause_the_search_with_their_reason(file_bench: Bench) -> None:
    bench, study_file = file_bench, STUDIES / "raises.py"
    bench.create(study_file)
    worker = bench.start(study_file)
    for times in (1, 2):
        halt = bench.halt()
        assert [t.state for t in bench.trials()] == [TrialState.FAIL] * 3 * times
        text = "ValueError: no luck with"
        assert all(end_of(t)[0] == "error" and end_of(t)[1].startswith(text) for t in bench.trials())
        assert halt.why.startswith("3 trials failed within 60 s and none finished between them, the last one with")
        assert halt.tail.splitlines()[-1].startswith(text)
        assert "in objective" in halt.tail
        acts = [event.act for event in bench.events(times)]
        assert acts == ["crash-loop"] * times
        bench.lease(lambda lease: lease.state is WorkerState.PAUSED)
        bench.control.pause(False, now())
    assert worker.poll() is None


def test_a_worker_that_alone_fails_gives_up_and_the_others_go_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One GPU is broken: 3 am is no time to hold the other seven."""
    study_file = STUDIES / "broken_here.py"
    bench.create(study_file)
    bench.start(study_file)
    bench.running(steps=1)
    monkeypatch.setenv("BROKEN", "1")
    broken = bench.start(study_file)
    assert bench.ended(broken) == 1
    (event,) = bench.seen().events
    assert event.act == "worker-gave-up"
    assert event.after == "RuntimeError: CUDA error: device-side assert triggered"
    assert not bench.seen().control.paused
    assert len(bench.trials(TrialState.RUNNING)) == 1


def test_diverged_trials_never_end_a_worker(bench: Bench) -> None:
    bench.create(STUDIES / "nan.py", budget=6)
    assert bench.ended(bench.start(STUDIES / "nan.py")) == 0
    assert [end_of(t) for t in bench.trials()] == [("error", "returned NaN")] * 6
    assert all(t.user_attrs[keys.TRIAL_END][keys.DIVERGED] is True for t in bench.trials())


def test_g30_a_trial_that_the_guard_ended_says_step_and_loss_and_is_not_tried_again(bench: Bench) -> None:
    bench.create(STUDIES / "diverges.py", budget=6)
    bench.control.set_care(Care(retries=1, failed=True))
    assert bench.ended(bench.start(STUDIES / "diverges.py")) == 0
    ends = [end_of(t) for t in bench.trials()]
    assert ends == [("error", ends[0][1])] * 6
    assert "the loss is nan at step 2; lower the learning rate or clip the gradients" in ends[0][1]


def test_what_cannot_be_read_as_a_number_fails_its_trial_alone(bench: Bench) -> None:
    bench.create(STUDIES / "many_elements.py", budget=3)
    assert bench.ended(bench.start(STUDIES / "many_elements.py")) == 0
    assert [t.state for t in bench.trials()] == [TrialState.FAIL, TrialState.COMPLETE, TrialState.COMPLETE]
    how, text = end_of(bench.trials()[0])
    assert how == "error"
    assert "a Tensor with 2 elements" in text


def test_an_objective_may_stop_its_study(bench: Bench) -> None:
    bench.create(STUDIES / "stops_itself.py")
    assert bench.ended(bench.start(STUDIES / "stops_itself.py")) == 0
    assert [t.state for t in bench.trials()] == [TrialState.COMPLETE] * 3
