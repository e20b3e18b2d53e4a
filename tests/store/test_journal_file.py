"""A journal file while it is watched: what its writer is in the middle of, and what happens to files (issue 3)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from hpt_tui.errors import StorageError, StorageLostError
from hpt_tui.store import frozen_trials
from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.journal_record import parse_record
from hpt_tui.store.metrics import metric_writer
from hpt_tui.store.reader import open_reader


@pytest.fixture
def address(tmp_path: Path) -> Address:
    return parse_address(str(tmp_path / "study.log"))


@pytest.fixture
def study(address: Address) -> optuna.Study:
    """A study ``s`` with two finished trials."""
    return make(address.file, 1.0, 2.0)


def make(path: Path, *values: float) -> optuna.Study:
    storage = JournalStorage(JournalFileBackend(str(path)))
    made = optuna.create_study(study_name="s", storage=storage, sampler=optuna.samplers.RandomSampler(0))
    for value in values:
        made.tell(made.ask({"lr": optuna.distributions.FloatDistribution(0.1, 1.0)}), value)
    return made


def values(address: Address) -> Callable[[], list[float | None]]:
    reader = open_reader(address, "s")
    return lambda: [trial.value for trial in reader.poll().trials]


def append(address: Address, text: str) -> None:
    with address.file.open("a") as file:
        file.write(text)


ATTRIBUTE = json.dumps({"op_code": 2, "worker_id": "x", "study_id": 0, "user_attr": {"hpt:budget": 7}})


def test_a_half_written_last_line_is_waited_for(address: Address, study: optuna.Study) -> None:
    reader = open_reader(address, "s")
    before = reader.poll()
    for part in (ATTRIBUTE[:1], ATTRIBUTE[1:30], ATTRIBUTE[30:]):
        append(address, part)
        assert reader.poll() is before
    append(address, "\n")
    assert reader.poll().budget == 7


def test_a_study_opens_though_its_last_line_is_half_written(address: Address, study: optuna.Study) -> None:
    append(address, ATTRIBUTE[:20])
    assert values(address)() == [1.0, 2.0]


@pytest.mark.parametrize("end", ["\n", ATTRIBUTE + "\n"], ids=["cut", "two in one"])
def test_a_broken_line_in_the_middle_is_said_with_its_number(
    end: str, address: Address, study: optuna.Study
) -> None:
    line = len(address.file.read_text().splitlines()) + 1
    reader = open_reader(address, "s")
    before = reader.poll()
    append(address, ATTRIBUTE[:20] + end)
    assert reader.poll() is before
    append(address, ATTRIBUTE + "\n")
    for _ in range(2):
        with pytest.raises(StorageLostError, match=f"line {line} of the journal is damaged"):
            reader.poll()
    with pytest.raises(StorageError, match=f"cannot be opened .*line {line} of the journal is damaged"):
        open_reader(address, "s")


def test_a_line_that_was_mended_is_read_on_from(address: Address, study: optuna.Study) -> None:
    reader = open_reader(address, "s")
    good = address.file.read_text()
    append(address, f"garbage\n{ATTRIBUTE}\n")
    with pytest.raises(StorageLostError, match="damaged"):
        reader.poll()
    address.file.write_text(good + ATTRIBUTE + "\n")
    assert reader.poll().budget == 7


BROKEN = [
    {"op_code": 99},
    {"op_code": 2, "study_id": 0, "user_attr": {}},
    {"op_code": 2, "study_id": [], "user_attr": {"a": 1}},
    {"op_code": 4, "study_id": 0},
    {"op_code": 4, "study_id": 0, "datetime_start": "noon"},
    {"op_code": 4, "study_id": 0, "datetime_start": None, "state": 9},
    {"op_code": 4, "study_id": 0, "datetime_start": None, "params": {"lr": 1.0}, "distributions": {}},
    {"op_code": 4, "study_id": 0, "datetime_start": None, "value": 1.0, "values": [1.0]},
    {"op_code": 4, "study_id": 0, "datetime_start": None, "intermediate_values": {"one": 1.0}},
    {"op_code": 5, "trial_id": 0, "param_name": "lr", "param_value_internal": 1.0, "distribution": "?"},
    {
        "op_code": 5,
        "trial_id": 0,
        "param_name": "c",
        "param_value_internal": 5,
        "distribution": '{"name": "CategoricalDistribution", "attributes": {"choices": [1, 2]}}',
    },
    {"op_code": 6, "trial_id": 0, "state": 1, "values": [1.0]},
    {"op_code": 6, "trial_id": 0, "state": 1, "values": ["x"], "datetime_complete": "2026-01-01T00:00:00"},
    {"op_code": 7, "trial_id": 0, "step": 0, "intermediate_value": "x"},
    {"op_code": 7, "trial_id": 0, "step": 0, "intermediate_value": 10**400},
    {"op_code": 7, "trial_id": 0, "step": 10**30, "intermediate_value": 1.0},
]


@pytest.mark.parametrize("record", BROKEN, ids=lambda record: json.dumps(record)[:60])
def test_a_record_that_optuna_would_stumble_over_is_damage(record: dict[str, object]) -> None:
    assert parse_record(json.dumps({"worker_id": "x", **record})) is None


def test_a_file_that_vanishes_is_waited_for(address: Address, study: optuna.Study) -> None:
    watch = values(address)
    watch()
    away = address.file.rename(address.file.with_name("away.log"))
    with pytest.raises(StorageLostError, match="the file is gone; waiting for it to come back"):
        watch()
    away.rename(address.file)
    study.tell(study.ask(), 3.0)
    assert watch() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("how", ["moved there", "written over", "cut short"])
def test_another_journal_in_the_place_of_the_watched_one_is_read(
    how: str, address: Address, study: optuna.Study, tmp_path: Path
) -> None:
    watch = values(address)
    assert watch() == [1.0, 2.0]
    lines = address.file.read_text().splitlines(keepends=True)
    other = tmp_path / "other.log"
    make(other, 5.0, 6.0, 7.0)
    if how == "moved there":
        other.rename(address.file)
    elif how == "written over":
        shutil.copyfile(other, address.file)
    else:
        address.file.write_text("".join(lines[: 1 + len(lines) // 2]))
    assert watch() == ([1.0] if how == "cut short" else [5.0, 6.0, 7.0])


def test_a_journal_that_holds_another_study_now_is_lost(
    address: Address, study: optuna.Study, tmp_path: Path
) -> None:
    watch = values(address)
    watch()
    address.file.write_text("")
    with pytest.raises(StorageLostError, match="the study 's' was deleted"):
        watch()
    make(tmp_path / "other.log", 5.0)
    shutil.copyfile(tmp_path / "other.log", address.file)
    assert watch() == [5.0]


def test_of_many_trials_only_the_open_and_the_new_ones_are_asked_for(
    address: Address, study: optuna.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen_trials, "FEW", 1)
    reader = open_reader(address, "s")
    running, waiting = study.ask(), study.ask()
    for value in (3.0, 4.0, 5.0):
        study.add_trial(optuna.trial.create_trial(value=value))
    assert reader.poll().total == 7

    monkeypatch.setattr(JournalStorage, "get_all_trials", lambda *_, **__: 1 / 0)
    running.report(0.5, 3)
    waiting.set_user_attr("hpt:worker", "w")
    trials = reader.poll().trials
    assert (trials[2].last_step, trials[3].worker) == (3, "w")
    monkeypatch.undo()
    study.tell(running, 6.0)
    for value in (7.0, 8.0):
        study.tell(study.ask(), value)
    monkeypatch.setattr(frozen_trials, "FEW", 1)
    monkeypatch.setattr(JournalStorage, "get_all_trials", lambda *_, **__: 1 / 0)
    assert [t.value for t in reader.poll().trials] == [1.0, 2.0, 6.0, None, 3.0, 4.0, 5.0, 7.0, 8.0]
    monkeypatch.undo()
    assert [t.number for t in study.trials] == [t.number for t in reader.poll().trials]


def test_logs_of_a_trials_own_stand_beside_its_curves(
    address: Address, study: optuna.Study, tmp_path: Path
) -> None:
    trial = study.ask()
    trial.report(0.5, 0)
    metric_writer(study._storage)(trial._trial_id, 0, {"acc": 0.25})
    log = tmp_path / "runs" / "2" / "metrics.csv"
    log.parent.mkdir(parents=True)
    log.write_text("step,value,acc,loss\n0,9,9,2.0\n")
    reader = open_reader(address, "s", str(tmp_path / "runs" / "{number}"))
    before = reader.poll()
    assert {c.metric: c.values.tolist() for c in before.curves[2]} == {
        "value": [0.5],
        "acc": [0.25],
        "loss": [2.0],
    }
    assert reader.poll() is before
    with log.open("a") as file:
        file.write("1,9,9,1.0\n")
    loss = reader.poll().curve(2, "loss")
    assert loss is not None
    assert loss.values.tolist() == [2.0, 1.0]


def test_watching_makes_no_file_and_writes_none(address: Address, study: optuna.Study) -> None:
    before = address.file.read_bytes()
    values(address)()
    assert address.file.read_bytes() == before
    assert [path.name for path in address.file.parent.iterdir()] == [address.file.name]
