"""A storage that is away: waiting for it, and not waiting for it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import optuna
import pytest
from optuna.exceptions import StorageInternalError
from optuna.trial import TrialState
from sqlalchemy.exc import DataError

from hpt_tui.domain.worker import STORAGE_AWAY
from hpt_tui.errors import StorageError, StorageLostError
from hpt_tui.worker import curves, hooks, patience
from hpt_tui.worker.curves import CurveSink
from hpt_tui.worker.loop import run_worker
from hpt_tui.worker.options import WorkerOptions
from hpt_tui.worker.patience import Patience
from hpt_tui.worker.station import RunningTrial, Station
from tests.waiting import eventually
from tests.worker.bench import NAME, STUDIES, Bench

OUTAGE = STUDIES / "outage.py"


class Outage:
    """A call that fails so often before it answers."""

    def __init__(self, failures: int, answer: Callable[..., object] = lambda: "answer") -> None:
        self.failures, self._answer = failures, answer

    def __call__(self, *arguments: object, **named: object) -> object:
        if self.failures:
            self.failures -= 1
            raise StorageInternalError("database is locked")
        return self._answer(*arguments, **named)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time by which patience goes; who waits moves it on."""
    now = [1000.0]
    monkeypatch.setattr(patience, "time", SimpleNamespace(monotonic=lambda: now[0]))
    yield now


@pytest.fixture
def patiently(clock: list[float]) -> Patience:
    def wait(seconds: float) -> None:
        clock[0] += seconds

    return Patience(lambda: False, wait)


def test_an_outage_of_hours_is_lived_through_and_told_once_a_minute(
    patiently: Patience, clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    assert patiently(Outage(1000), "telling trial #3") == "answer"
    hours = (clock[0] - 1000.0) / 3600
    assert 2.5 < hours < 3
    lines = capsys.readouterr().err.splitlines()
    assert all("telling trial #3: the storage does not answer (database is locked)" in line for line in lines)
    assert 2.5 * 50 < len(lines) <= hours * 60 + 1


def test_many_short_outages_are_told_once_a_minute(
    patiently: Patience, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(20):
        patiently(Outage(2), "report")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_outage_without_end_is_given_up(patiently: Patience, clock: list[float]) -> None:
    with pytest.raises(StorageLostError, match=r"telling: the storage has not answered for 21\d\d\d s \(database"):
        patiently(Outage(10**6), "telling")
    assert 5.9 < (clock[0] - 1000.0) / 3600 <= 6


def test_a_worker_that_has_to_end_waits_for_a_moment_only(clock: list[float]) -> None:
    def wait(seconds: float) -> None:
        clock[0] += min(seconds, 0.2)

    signalled = Patience(lambda: clock[0] > 1030.0, wait)
    with pytest.raises(StorageLostError):
        signalled(Outage(10**6), "telling")
    assert 1030.0 < clock[0] < 1032.0


def test_what_the_storage_cannot_hold_is_not_repeated(patiently: Patience, clock: list[float]) -> None:
    def refuse() -> None:
        raise StorageInternalError("failed") from DataError("UPDATE", {}, Exception("Data too long"))

    with pytest.raises(StorageInternalError):
        patiently(refuse, "set_user_attr")
    assert clock == [1000.0]


def test_what_is_no_outage_is_not_repeated(patiently: Patience) -> None:
    def mistake() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        patiently(mistake, "asking")


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Station, optuna.Trial]]:
    monkeypatch.setattr(patience, "FIRST_PAUSE", 0.001)
    station = Station("here-1-a")
    with hooks.installed(station):
        trial = optuna.create_study(study_name="s").ask()
        station.begin(RunningTrial("s", trial.number, trial._trial_id, {}))
        yield station, trial


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("set_trial_param", lambda trial: trial.suggest_float("x", 0.0, 1.0)),
        ("set_trial_user_attr", lambda trial: trial.set_user_attr("note", "x")),
        ("set_trial_intermediate_value", lambda trial: trial.report(1.0, 0)),
    ],
)
def test_what_an_objective_calls_lives_through_an_outage(
    trial: tuple[Station, optuna.Trial],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    call: Callable[[optuna.Trial], object],
) -> None:
    storage = trial[1].storage
    monkeypatch.setattr(storage, method, Outage(3, getattr(storage, method)))
    call(trial[1])
    seen = storage.get_trial(trial[1]._trial_id)
    assert seen.params or seen.user_attrs or seen.intermediate_values


def test_a_parameter_is_the_stored_one_also_when_only_the_answer_was_lost(
    trial: tuple[Station, optuna.Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = trial[1].storage
    write = storage.set_trial_param
    first: list[object] = []

    def lose_the_answer(*arguments: object) -> None:
        if not first:
            first.append(arguments[2])
            write(*arguments)  # type: ignore[arg-type]
            raise StorageInternalError("connection lost")

    monkeypatch.setattr(storage, "set_trial_param", lose_the_answer)
    assert trial[1].suggest_float("x", 0.0, 1.0) == first[0]
    assert trial[1].params == {"x": first[0]}


def test_curves_wait_for_a_minute_and_never_harm_the_trial(
    trial: tuple[Station, optuna.Trial], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    station, running = trial[0], trial[0].running
    assert running is not None
    written: list[int] = []

    def write(trial_id: int, step: int, metrics: Mapping[str, float]) -> None:
        written.append(step)

    outage = Outage(3, write)
    monkeypatch.setattr(curves, "metric_writer", lambda storage: outage)
    sink = CurveSink(trial[1].storage)
    sink.write(station, running, 0, {"loss": 1.0})
    assert written == [0]

    monkeypatch.setattr(curves, "MOMENT", 0.0)
    sink = CurveSink(trial[1].storage)
    outage.failures = 2
    for step in (1, 2, 3):
        sink.write(station, running, step, {"loss": 1.0})
    assert written == [0, 3]
    assert capsys.readouterr().err.count("curves are not recorded") == 1


def test_a_result_waits_for_the_storage(bench: Bench) -> None:
    bench.create(OUTAGE)
    worker = bench.start(OUTAGE)
    eventually(lambda: "telling trial #0: the storage does not answer" in bench.said())
    assert worker.poll() is None
    (bench.folder / "back").touch()
    assert bench.ended(worker) == 0
    assert [(t.state, t.value) for t in bench.trials()] == [(TrialState.COMPLETE, 1.0)]


def test_a_signal_ends_the_waiting(bench: Bench) -> None:
    bench.create(OUTAGE)
    worker = bench.start(OUTAGE)
    eventually(lambda: "telling trial #0: the storage does not answer" in bench.said())
    worker.terminate()
    assert bench.ended(worker, 10) == 128 + signal.SIGTERM


def test_a_storage_that_stays_away_has_an_exit_code_of_its_own(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.1)
    bench.create(OUTAGE)
    assert run_worker(WorkerOptions(str(OUTAGE), bench.address.url, NAME)) == STORAGE_AWAY


@pytest.mark.parametrize(
    ("url", "needs"),
    [
        ("postgresql://ann:secret@127.0.0.1:1/studies", "psycopg"),
        ("redis://ann:secret@127.0.0.1:1/0", "redis"),
        ("grpc://127.0.0.1:1", "grpc"),
    ],
)
def test_a_server_that_is_away_at_the_start_is_worth_another_try(
    url: str, needs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip(needs)
    assert run_worker(WorkerOptions(str(OUTAGE), url)) == STORAGE_AWAY
    said = capsys.readouterr().err
    assert "cannot be reached" in said
    assert "secret" not in said


def test_a_storage_that_is_missing_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        run_worker(WorkerOptions(str(OUTAGE), str(tmp_path / "gone.db")))
