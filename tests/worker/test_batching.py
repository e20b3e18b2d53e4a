"""What a worker's batches promise (issue 3, item 7): to others, through a kill -9, and through an outage."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import optuna
import pytest
import sqlalchemy
from optuna.exceptions import StorageInternalError
from optuna.trial import TrialState

from hpt_tui.store import keys
from hpt_tui.store.batched import BatchedStorage
from hpt_tui.store.batching import batched
from hpt_tui.store.connect import open_storage
from hpt_tui.store.metrics import engine_of
from hpt_tui.worker import outcome, patience
from hpt_tui.worker.claim import Claims
from hpt_tui.worker.outcome import Outcome
from hpt_tui.worker.station import RunningTrial, Station
from tests.waiting import eventually
from tests.worker.bench import NAME, STUDIES, Bench, end_of

FLAT_OUT = """
import time
from pathlib import Path

said = (Path(__file__).parent / "said").open("a", buffering=1)

def objective(trial):
    x = trial.suggest_float("x", 0, 1)
    for step in range(30):
        trial.report(x, step)
        said.write(f"{trial.number} {step}\\n")
        time.sleep(0.003)
    return x
"""
STEADY = """
import time
def objective(trial):
    trial.study.stop()
    for step in range(150):
        trial.report(1.0, step)
        time.sleep(0.01)
    return 1.0
"""
QUIET_LATER = """
import time
def objective(trial):
    x = trial.suggest_float("x", 0, 1)
    while trial.number:
        time.sleep(0.02)
    return x
"""


def written(bench: Bench, text: str) -> Path:
    file = bench.folder / "batching.py"
    file.write_text(text)
    return file


def test_kill_9_loses_the_last_reports_of_the_running_trial_and_nothing_else(bench: Bench) -> None:
    file = written(bench, FLAT_OUT)
    bench.create(file)
    worker = bench.start(file)
    bench.finished(3)
    worker.send_signal(signal.SIGKILL)
    bench.ended(worker)
    said = [tuple(map(int, line.split())) for line in (bench.folder / "said").read_text().splitlines()]
    *ended, last = bench.trials()
    assert [t.state for t in ended] == [TrialState.COMPLETE] * len(ended)
    assert all(list(t.intermediate_values) == list(range(30)) for t in ended)
    assert isinstance(last.user_attrs[keys.TRIAL_WORKER], str)
    assert max(number for number, _ in said) <= last.number
    kept = sorted(last.intermediate_values)
    assert kept == list(range(len(kept)))
    assert len(kept) <= 1 + max((step for number, step in said if number == last.number), default=0)


def test_the_parameters_of_a_trial_that_never_reports_are_seen_by_others(bench: Bench) -> None:
    """Within half a second, so that constant_liar keeps other workers from drawing the same."""
    file = written(bench, QUIET_LATER)
    bench.create(file)
    bench.start(file)
    assert eventually(lambda: [t for t in bench.trials(TrialState.RUNNING) if t.number and t.params])


def test_reports_are_kept_through_an_outage(bench: Bench) -> None:
    file = written(bench, STEADY)
    bench.create(file)
    worker = bench.start(file)
    bench.running()
    with away(bench, "trial_intermediate_values"):
        eventually(lambda: "the storage does not answer" in bench.said())
    assert bench.ended(worker) == 0
    (trial,) = bench.trials()
    assert trial.state is TrialState.COMPLETE
    assert sorted(trial.intermediate_values) == list(range(150))


@contextmanager
def away(bench: Bench, table: str) -> Iterator[None]:
    engine = engine_of(bench.storage)
    assert engine is not None

    def rename(old: str, new: str) -> None:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text(f"ALTER TABLE {old} RENAME TO {new}"))

    rename(table, "away")
    yield
    rename("away", table)


on_databases = pytest.mark.parametrize("any_bench", ["sqlite", "postgres", "mysql"], indirect=True)


@pytest.fixture
def ours(any_bench: Bench, monkeypatch: pytest.MonkeyPatch) -> optuna.Study:
    """A study as a worker opens it."""
    monkeypatch.setattr(patience, "FIRST_PAUSE", 0.001)
    any_bench.create(STUDIES / "plain_quadratic.py")
    storage = batched(open_storage(any_bench.address, writable=True))
    return optuna.load_study(study_name=NAME, storage=storage)


@on_databases
@pytest.mark.parametrize("way", ["begin_trial", "take_waiting"])
def test_a_trial_is_taken_once_though_the_answer_is_lost(
    any_bench: Bench, ours: optuna.Study, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = ours._storage
    assert isinstance(storage, BatchedStorage)
    if way == "take_waiting":
        ours.enqueue_trial({})
    take, failures = getattr(storage, way), [1]

    def lose_the_answer(*arguments: object, **named: object) -> int:
        taken: int = take(*arguments, **named)
        if failures:
            failures.pop()
            raise StorageInternalError("connection lost")
        return taken

    monkeypatch.setattr(storage, way, lose_the_answer)
    trial_id = Claims(ours, "here-1", Station("here-1").patiently, nullcontext).take()
    (trial,) = any_bench.trials()
    assert (trial._trial_id, trial.user_attrs) == (trial_id, {keys.TRIAL_WORKER: "here-1"})


@on_databases
@pytest.mark.parametrize("state", [TrialState.FAIL, TrialState.COMPLETE])
def test_an_end_from_outside_stands(any_bench: Bench, ours: optuna.Study, state: TrialState) -> None:
    trial_id = Claims(ours, "here-1", patiently := Station("here-1").patiently, nullcontext).take()
    assert isinstance(trial_id, int)
    (number,) = (t.number for t in any_bench.trials())
    ours._storage.set_trial_intermediate_value(trial_id, 0, 1.0)
    any_bench.control.fail_orphan(number, "its worker is gone")
    broken = Outcome(state, how="error", text="ValueError") if state is TrialState.FAIL else Outcome(state, (1.0,))
    assert not outcome.tell(ours, RunningTrial(NAME, number, trial_id, {}), broken, patiently)
    (trial,) = any_bench.trials()
    assert (trial.state, end_of(trial)) == (TrialState.FAIL, ("lost", "its worker is gone"))
