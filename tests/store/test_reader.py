"""The same promises over every storage (L1): what a trial shows, what a poll costs, what a fault becomes."""

from __future__ import annotations

import contextlib
import math
import sqlite3
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.storages import BaseStorage
from optuna.trial import Trial

from hpt_tui.domain.space import Choices, FloatRange, IntRange
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.errors import StorageLostError
from hpt_tui.store import keys
from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.connect import find_study, list_studies, open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.metrics import metric_writer
from hpt_tui.store.reader import StudyReader


class Bench:
    """A study under a writer, with a reader of its own beside it."""

    def __init__(self, address: Address) -> None:
        self.storage: BaseStorage = open_storage(address, writable=True, create=True)
        self.study = optuna.create_study(study_name="bench", storage=self.storage, direction="maximize")
        self.control = StudyControl(self.storage, self.study._study_id, "ann@box")
        watching = open_storage(address, writable=False)
        self.reader = StudyReader(watching, find_study(watching, "bench", address.label), address)

    def ask(self) -> Trial:
        trial = self.study.ask()
        trial.suggest_float("lr", 1e-4, 1e-1, log=True)
        trial.suggest_int("width", 8, 64, step=8)
        trial.suggest_categorical("optimizer", ["sgd", "adamw"])
        return trial


@pytest.fixture
def bench(address: Address) -> Bench:
    return Bench(address)


def test_an_empty_study_is_an_empty_snapshot(bench: Bench) -> None:
    study = bench.reader.poll()
    assert (study.name, study.directions, len(study.trials), study.best) == (
        "bench",
        (Direction.MAXIMIZE,),
        0,
        None,
    )


def test_a_trial_shows_its_state_value_parameters_ranges_and_steps(bench: Bench) -> None:
    trial = bench.ask()
    trial.report(0.5, 0)
    trial.report(0.7, 1)
    running = bench.reader.poll().trials[0]
    assert (running.state, running.last_step, running.last_value, running.value) == (
        TrialState.RUNNING,
        1,
        0.7,
        None,
    )

    bench.study.tell(trial, 0.75)
    done = bench.reader.poll().trials[0]
    assert (done.state, done.value, done.steps) == (TrialState.COMPLETE, 0.75, 2)
    assert done.params == trial.params
    assert done.ranges == {
        "lr": FloatRange(1e-4, 1e-1, log=True),
        "width": IntRange(8, 64, step=8),
        "optimizer": Choices(("sgd", "adamw")),
    }
    assert done.started is not None
    assert done.ended is not None
    assert 0 <= done.ended - done.started < 60


def test_every_state_of_optuna_has_its_word(bench: Bench) -> None:
    bench.study.tell(bench.ask(), 1.0)
    pruned = bench.ask()
    pruned.report(0.1, 0)
    bench.study.tell(pruned, state=optuna.trial.TrialState.PRUNED)
    bench.study.tell(bench.ask(), state=optuna.trial.TrialState.FAIL)
    bench.ask()
    bench.study.enqueue_trial({"lr": 1e-2})
    assert [t.state.value for t in bench.reader.poll().trials] == [
        "complete",
        "pruned",
        "failed",
        "running",
        "waiting",
    ]


def test_a_poll_at_which_nothing_changed_returns_the_same_snapshot(bench: Bench) -> None:
    bench.study.tell(bench.ask(), 1.0)
    first = bench.reader.poll()
    assert bench.reader.poll() is first
    bench.study.tell(bench.ask(), 2.0)
    assert bench.reader.poll() is not first


def test_an_old_snapshot_never_changes(bench: Bench) -> None:
    trial = bench.ask()
    trial.report(0.5, 0)
    before = bench.reader.poll()
    trial.report(0.6, 1)
    after = bench.reader.poll()
    assert [before.trials[0].last_step, after.trials[0].last_step] == [0, 1]
    assert [len(s.curves[0][0].steps) for s in (before, after)] == [1, 2]


def test_reported_values_may_be_nan_or_infinite(bench: Bench) -> None:
    trial = bench.ask()
    for step, value in enumerate((0.5, math.nan, math.inf)):
        trial.report(value, step)
    study = bench.reader.poll()
    curve = study.curve(0, "value")
    assert curve is not None
    assert curve.finite.tolist() == [True, False, False]
    assert study.trials[0].non_finite


def test_logged_metrics_are_curves_beside_the_reported_one(bench: Bench) -> None:
    trial, write = bench.ask(), metric_writer(bench.storage)
    for step in range(60):
        trial.report(0.5 + step / 100, step)
        write(trial._trial_id, step, {"train_loss": 1 / (step + 1), "val_loss": math.nan if step == 3 else 0.5})
    curves = {c.metric: c for c in bench.reader.poll().curves[0]}
    assert list(curves) == ["value", "train_loss", "val_loss"]
    assert curves["train_loss"].values.tolist() == [1 / (s + 1) for s in range(60)]
    assert math.isnan(curves["val_loss"].values[3])


@pytest.mark.parametrize("step", [np.int64(3).tobytes(), "epoch1", 1.5], ids=["numpy's", "a word", "a fraction"])
def test_a_step_that_does_not_parse_is_left_out(tmp_path: Path, step: object) -> None:
    address = parse_address(str(tmp_path / "study.db"))
    bench = Bench(address)
    trial_id = bench.ask()._trial_id
    metric_writer(bench.storage)(trial_id, 0, {"loss": 1.0})
    with contextlib.closing(sqlite3.connect(address.file)) as db:
        db.execute(
            "INSERT INTO hpt_metrics (trial_id, step, entries) VALUES (?, ?, '{\"loss\": 2.0}')", (trial_id, step)
        )
        db.commit()
    curve = bench.reader.poll().curve(0, "loss")
    assert curve is not None
    assert (curve.steps.tolist(), curve.values.tolist()) == ([0], [1.0])


def test_logged_metrics_are_invisible_to_optuna(address: Address) -> None:
    bench = Bench(address)
    trial = bench.ask()
    metric_writer(bench.storage)(trial._trial_id, 0, {"train_loss": 1.0})
    bench.study.tell(trial, 1.0)
    again = optuna.load_study(study_name="bench", storage=open_storage(address, writable=True))
    assert again.best_value == 1.0
    assert again.trials[0].intermediate_values == {}


def test_a_widened_bound_is_in_the_space_and_the_code_keeps_its_own(bench: Bench) -> None:
    bench.study.tell(bench.ask(), 1.0)
    declared = bench.reader.poll().declared["lr"]
    bench.control.change_bound("lr", declared, 1e-4, 1.0, at=7.0)

    wide = bench.study.ask()
    wide.suggest_float("lr", 1e-4, 1.0, log=True)
    study = bench.reader.poll()
    assert study.space["lr"] == FloatRange(1e-4, 1.0, log=True)
    assert study.declared["lr"] == declared
    assert study.control.stamp == 7.0


def test_a_space_is_the_files_where_it_declares_one(bench: Bench) -> None:
    bench.study.tell(bench.ask(), 1.0)
    assert not bench.reader.poll().from_file
    wide = optuna.distributions.FloatDistribution(1e-4, 1.0, log=True)
    space = {"lr": optuna.distributions.distribution_to_json(wide), "odd": "?"}
    bench.control.declare(keys.StudyRecord("/x.py", "box", "acc", "maximize", space))
    study = bench.reader.poll()
    assert study.from_file
    assert study.declared == {"lr": FloatRange(1e-4, 1.0, log=True)}


def test_a_deleted_study_is_a_lost_storage_and_not_a_crash(bench: Bench) -> None:
    bench.study.tell(bench.ask(), 1.0)
    bench.reader.poll()
    optuna.delete_study(study_name="bench", storage=bench.storage)
    with pytest.raises(StorageLostError, match="was deleted"):
        bench.reader.poll()


def test_garbage_in_our_attributes_is_ignored(bench: Bench) -> None:
    for key in (
        keys.PAUSE,
        keys.STOP,
        keys.SPEC,
        keys.BUDGET,
        keys.BOUND + "lr",
        keys.WORKER + "w",
        keys.EVENT + "1",
    ):
        for value in ("x", 3.5, [1], {"low": "a", "on": "yes", "state": "?"}, None):
            bench.study.set_user_attr(key, value)
            study = bench.reader.poll()
    assert not study.control.paused
    assert not study.control.stopping
    assert study.budget is None
    assert study.leases == ()
    assert study.space == {}


def test_the_studies_of_a_storage_are_listed_in_their_order(address: Address) -> None:
    storage = open_storage(address, writable=True, create=True)
    for name in ("b", "a [/no] \x1b[31m"):
        optuna.create_study(study_name=name, storage=storage)
    assert list_studies(address) == ("b", "a [/no] \x1b[31m")


def test_several_objectives_have_no_best(address: Address) -> None:
    storage = open_storage(address, writable=True, create=True)
    study = optuna.create_study(study_name="two", storage=storage, directions=["minimize", "maximize"])
    study.tell(study.ask(), [1.0, 2.0])
    seen = StudyReader(storage, study._study_id, address).poll()
    assert (seen.trials[0].values, seen.best, seen.single) == ((1.0, 2.0), None, False)
