"""Exactly as many finished trials as were asked for."""

from __future__ import annotations

from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.domain.worker import WorkerState
from hpt_tui.store import keys
from tests.worker.bench import STUDIES, Bench, end_of, now


def test_three_workers_finish_exactly_the_budget(any_bench: Bench) -> None:
    study_file = STUDIES / "plain_quadratic.py"
    any_bench.create(study_file, budget=25)
    workers = [any_bench.start(study_file, slot=slot) for slot in range(3)]
    assert [any_bench.ended(worker) for worker in workers] == [0, 0, 0]
    assert len(any_bench.trials()) == 25
    assert all(t.state in (TrialState.COMPLETE, TrialState.PRUNED) for t in any_bench.trials())
    assert all(t.user_attrs[keys.TRIAL_WORKER] for t in any_bench.trials())


def test_workers_of_several_machines_finish_exactly_the_budget(any_bench: Bench) -> None:
    """L9: no lock of a machine has any part in it; on a database it is one transaction."""
    study_file = STUDIES / "plain_quadratic.py"
    any_bench.create(study_file, budget=25)
    workers = [any_bench.start(study_file, slot=slot, host=f"box{slot}") for slot in range(4)]
    assert [any_bench.ended(worker) for worker in workers] == [0] * 4
    assert sum(counted(t) for t in any_bench.trials()) == 25
    assert not any_bench.trials(TrialState.RUNNING)


def test_a_stop_after_some_more_is_exact_and_taken_back_the_budget_is_kept(file_bench: Bench) -> None:
    """L9: the workers see to it by themselves; no session is open."""
    study_file = STUDIES / "plain_quadratic.py"
    file_bench.create(study_file, budget=14)
    file_bench.control.stop(False, now(), limit=6)
    workers = [file_bench.start(study_file, slot=slot, host=f"box{slot}") for slot in range(3)]
    assert [file_bench.ended(worker) for worker in workers] == [0] * 3
    assert sum(counted(t) for t in file_bench.trials()) == 6
    file_bench.control.stop(False, now())
    assert file_bench.ended(file_bench.start(study_file)) == 0
    assert sum(counted(t) for t in file_bench.trials()) == 14


def test_past_its_hour_a_worker_takes_no_trial(bench: Bench) -> None:
    bench.create(STUDIES / "plain_quadratic.py", budget=5)
    bench.control.stop(False, now(), deadline=now() - 1)
    assert bench.ended(bench.start(STUDIES / "plain_quadratic.py")) == 0
    assert bench.trials() == []


def test_a_budget_of_steps_is_overrun_by_less_than_a_trial_however_many_workers(any_bench: Bench) -> None:
    """Every trial reports ten times."""
    study_file = STUDIES / "plain_quadratic.py"
    any_bench.create(study_file)
    any_bench.control.set_max_steps(StepBudget(105, 10))
    workers = [any_bench.start(study_file, slot=slot, host=f"box{slot}") for slot in range(3)]
    assert [any_bench.ended(worker) for worker in workers] == [0] * 3
    assert 105 <= sum(len(t.intermediate_values) for t in any_bench.trials()) < 115


def counted(trial: FrozenTrial) -> bool:
    return trial.state.is_finished() and end_of(trial)[0] != "interrupted"


def test_a_larger_budget_goes_on_from_there(file_bench: Bench) -> None:
    study_file = STUDIES / "plain_quadratic.py"
    file_bench.create(study_file, budget=4)
    assert file_bench.ended(file_bench.start(study_file)) == 0
    file_bench.create(study_file, budget=9)
    workers = [file_bench.start(study_file, slot=slot) for slot in range(2)]
    assert [file_bench.ended(worker) for worker in workers] == [0, 0]
    assert len(file_bench.trials()) == 9


def test_pruned_trials_count(bench: Bench) -> None:
    bench.create(STUDIES / "pruned.py", budget=6)
    assert bench.ended(bench.start(STUDIES / "pruned.py")) == 0
    assert [t.state for t in bench.trials()] == [TrialState.PRUNED] * 6
    assert end_of(bench.trials()[0]) == ("", "")


def test_an_interrupted_trial_makes_room_for_a_waiting_worker(bench: Bench) -> None:
    study_file = STUDIES / "patient.py"
    bench.create(study_file, budget=1)
    first = bench.start(study_file)
    bench.running()
    second = bench.start(study_file, slot=1)
    bench.lease(lambda lease: lease.slot == 1 and lease.state is WorkerState.WAITING)
    first.terminate()
    bench.ended(first)
    taken = bench.running()
    assert taken.number == 1
    bench.control.prune(taken.number, now())
    assert bench.ended(second) == 0
    assert [t.state for t in bench.trials()] == [TrialState.FAIL, TrialState.PRUNED]


def test_the_running_trial_of_a_dead_worker_takes_no_room(bench: Bench) -> None:
    bench.create(STUDIES / "patient.py", budget=1)
    dead = bench.start(STUDIES / "patient.py")
    bench.running()
    dead.kill()
    dead.wait()
    assert bench.ended(bench.start(STUDIES / "plain_quadratic.py")) == 0
    assert [t.state for t in bench.trials()] == [TrialState.RUNNING, TrialState.COMPLETE]
