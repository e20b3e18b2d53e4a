"""Orders to single trials and values, obeyed by real workers on every storage (issue 4, items 3 and 4)."""

from __future__ import annotations

import optuna
import psutil
import pytest
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.worker import WorkerState
from hpt_tui.store import keys
from hpt_tui.store.connect import open_storage
from tests.worker.bench import NAME, STUDIES, Bench, end_of, now

SOON = {"hpt_tui.worker.orders.GRACE": 0.5}
"""The grace before a signal."""


def events(bench: Bench) -> list[str]:
    found = keys.decode_events(bench.control.attributes())
    return [f"{e.subject} {e.after}" for e in found if e.act == "ended"]


@pytest.mark.parametrize(
    ("file", "steps", "came"),
    [
        ("patient", 1, "obeyed at its next report"),
        ("no_prune", 1, "obeyed at its next report"),
        ("silent", 0, "interrupted by a signal"),
        ("loader", 0, "interrupted by a signal"),
    ],
)
def test_a_discarded_trial_fails_counts_for_nothing_and_its_worker_lives_on(
    bench: Bench, file: str, steps: int, came: str
) -> None:
    study_file = STUDIES / f"{file}.py"
    bench.create(study_file, budget=5)
    worker = bench.start(study_file, changes=SOON)
    first = bench.running(steps)
    bench.control.discard(first.number, now())
    ended = bench.finished(1)[0]
    assert (ended.number, ended.state) == (first.number, TrialState.FAIL)
    assert end_of(ended) == ("discarded", "discarded by ann@lab")
    row = bench.seen().by_number[ended.number]
    assert (row.by_hand, row.counted) == (True, False)
    assert bench.running(steps).number == first.number + 1
    assert worker.poll() is None
    assert events(bench) == [f"#{first.number} discarded by ann@lab: {came}"]


def test_several_objectives_are_ended_by_the_signal(bench: Bench) -> None:
    """They report nothing: there is no other way."""
    study_file = STUDIES / "several.py"
    storage = open_storage(bench.address, writable=True, create=True)
    optuna.create_study(study_name=NAME, storage=storage, directions=["minimize", "maximize"])
    bench.create(study_file)
    worker = bench.start(study_file, changes=SOON)
    for order, state in ((bench.control.prune, TrialState.PRUNED), (bench.control.discard, TrialState.FAIL)):
        running = bench.running(0)
        order(running.number, now())
        bench.finished(running.number + 1)
        assert bench.trials()[running.number].state is state
    assert bench.running(0).number == 2
    assert worker.poll() is None


def test_a_held_trial_keeps_its_memory_and_goes_on_where_it_was(any_bench: Bench) -> None:
    """Its worker says that it is paused; a trial elsewhere goes on."""
    bench, study_file = any_bench, STUDIES / "patient.py"
    bench.create(study_file)
    bench.start(study_file)
    first = bench.running(2)
    bench.control.hold(first.number, True, now())
    lease = bench.lease(lambda lease: lease.state is WorkerState.PAUSED)
    assert lease.trial == first.number

    bench.start(study_file, slot=1)
    other = bench._until(lambda: next((t for t in bench.trials() if t.number > first.number), None))
    held = bench.trials()[first.number]
    assert other.number == first.number + 1
    bench._until(lambda: len(bench.trials()[other.number].intermediate_values) > 5)
    assert bench.trials()[first.number].intermediate_values == held.intermediate_values

    bench.control.hold(first.number, False, now())
    steps = bench._until(lambda: went_on(bench.trials()[first.number], held))
    assert steps == list(range(len(steps)))


def went_on(trial: FrozenTrial, held: FrozenTrial) -> list[int]:
    steps = sorted(trial.intermediate_values)
    return steps if len(steps) > len(held.intermediate_values) else []


def test_a_held_trial_can_be_killed(bench: Bench) -> None:
    bench.create(STUDIES / "patient.py")
    bench.start(STUDIES / "patient.py")
    first = bench.running()
    bench.control.hold(first.number, True, now())
    bench.lease(lambda lease: lease.state is WorkerState.PAUSED)
    bench.control.prune(first.number, now())
    assert bench.finished(1)[0].state is TrialState.PRUNED
    assert bench.running().number == first.number + 1


def test_a_fixed_value_is_an_ordinary_parameter_of_every_next_trial(any_bench: Bench) -> None:
    """Stored with the range of the code; an enqueued trial keeps its own value; freed, it is searched again."""
    bench, study_file = any_bench, STUDIES / "plain_quadratic.py"
    bench.create(study_file)
    bench.control.fix("x", 0.5, now())
    bench.control.enqueue({"x": -0.5}, now())
    bench.start(study_file)
    trials = bench.finished(4)[:4]
    assert [t.params["x"] for t in trials] == [-0.5, 0.5, 0.5, 0.5]
    assert len({str(t.distributions["x"]) for t in trials}) == 1
    bench.control.unfix("x", now())
    bench._until(lambda: any(t.params.get("x") not in (-0.5, 0.5, None) for t in bench.trials()))


def test_a_value_that_the_code_cannot_have_is_not_forced_upon_it(bench: Bench) -> None:
    bench.create(STUDIES / "plain_quadratic.py")
    bench.control.fix("x", 1e9, now())
    bench.start(STUDIES / "plain_quadratic.py")
    assert all(t.state is TrialState.COMPLETE and t.params["x"] < 1e9 for t in bench.finished(3))


def test_a_failed_trial_is_retried_by_a_worker(any_bench: Bench) -> None:
    bench, study_file = any_bench, STUDIES / "plain_quadratic.py"
    bench.create(study_file)
    storage: BaseStorage = bench.storage
    study = optuna.load_study(study_name=NAME, storage=storage)
    trial = study.ask()
    value = trial.suggest_float("x", -1.0, 1.0)
    study.tell(trial, state=TrialState.FAIL)
    bench.control.retry(0, now())
    bench.start(study_file)
    again = bench.finished(2)[1]
    assert (again.number, again.state, again.params["x"]) == (1, TrialState.COMPLETE, value)
    assert again.system_attrs["retry_history"] == [0]


def test_the_loader_of_an_interrupted_trial_does_not_outlive_its_worker(bench: Bench) -> None:
    bench.create(STUDIES / "loader.py")
    bench.start(STUDIES / "loader.py", changes=SOON)
    loader = bench._until(
        lambda: next((t.user_attrs["loader"] for t in bench.trials() if "loader" in t.user_attrs), None)
    )
    bench.control.prune(0, now())
    bench.finished(1)
    bench.control.stop(True, now(), now=True)
    bench.ended(bench.processes[0])
    bench._until(lambda: not psutil.pid_exists(int(loader)))
