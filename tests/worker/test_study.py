"""A whole study through a worker: creation, baseline, steering, curves."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
from optuna.trial import TrialState

from hpt_tui.domain.description import Description
from hpt_tui.domain.space import FloatRange
from hpt_tui.errors import InputError, StudyFileError, StudyNotFoundError
from hpt_tui.store import keys
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import list_studies
from hpt_tui.store.create import create_study
from hpt_tui.worker.describe import describe
from hpt_tui.worker.loop import run_worker
from hpt_tui.worker.options import WorkerOptions
from tests.worker.bench import NAME, STUDIES, Bench, now

DECLARED = STUDIES / "declared.py"


@pytest.fixture(scope="module")
def declared() -> Description:
    return describe(str(DECLARED))


def test_the_baseline_runs_first_and_curves_are_recorded(any_bench: Bench, declared: Description) -> None:
    any_bench.create(DECLARED, declared, budget=5)
    workers = [any_bench.start(DECLARED, slot=slot) for slot in range(2)]
    assert [any_bench.ended(worker) for worker in workers] == [0, 0], any_bench.said()
    study = any_bench.seen()
    assert [t.state.value for t in study.trials] == ["complete"] * 5
    assert study.metric == "loss"
    assert study.baseline is not None
    assert study.baseline.number == 0
    assert study.baseline.params == {"lr": 1e-3, "kind": "a"}
    for trial in study.trials:
        curve = study.curve(trial.number, "train_loss")
        assert curve is not None
        assert list(curve.steps) == [0, 1, 2]
        norm = study.curve(trial.number, "norm")
        assert norm is not None
        assert list(norm.values) == [math.inf] * 3


def test_new_bounds_reach_every_worker(file_bench: Bench) -> None:
    study_file = STUDIES / "plain_quadratic.py"
    file_bench.create(study_file)
    file_bench.start(study_file)
    file_bench.finished(3)
    at = now()
    file_bench.control.change_bound("x", FloatRange(-1.0, 1.0), 50.0, 60.0, at)
    seen = file_bench.lease(lambda lease: lease.seen >= at)
    assert seen.seen == pytest.approx(at)
    known = max(t.number for t in file_bench.trials())
    file_bench.finished(known + 4)
    later = [t for t in file_bench.trials() if t.number > known + 1 and "x" in t.params]
    assert later
    assert all(50 <= t.params["x"] <= 60 for t in later)


def test_creating_twice_is_joining(bench: Bench, declared: Description) -> None:
    bench.create(DECLARED, declared, budget=5)
    first = bench.study_id
    bench.create(DECLARED, declared)
    assert bench.study_id == first
    (baseline,) = bench.trials()
    assert baseline.state is TrialState.WAITING
    assert baseline.user_attrs == {keys.TRIAL_BASELINE: True}
    assert keys.decode_budget(bench.control.attributes()) == 5


def test_what_contradicts_the_study_is_refused(bench: Bench, declared: Description) -> None:
    bench.create(DECLARED, declared, budget=1)
    assert bench.ended(bench.start(DECLARED)) == 0
    with pytest.raises(InputError, match=r"the study in the storage is to minimize, but .* says maximize"):
        create_study(bench.address, dataclasses.replace(declared, direction="maximize"), name=NAME)
    linear = {**declared.space, "lr": declared.space["lr"].replace("true", "false")}
    with pytest.raises(
        StudyFileError, match=r"lr is 0.0001 .. 0.01 linear here, but .*hpt-tui fork.*another name"
    ):
        create_study(bench.address, dataclasses.replace(declared, space=linear), name=NAME)
    undeclared = dataclasses.replace(declared, direction="", space={}, baseline={}, declared=False)
    assert create_study(bench.address, undeclared, name=NAME) == bench.study_id


def test_the_curves_of_a_deleted_study_stay_away_from_the_next(any_bench: Bench, declared: Description) -> None:
    any_bench.create(DECLARED, declared, budget=2)
    assert any_bench.ended(any_bench.start(DECLARED)) == 0
    any_bench.storage.delete_study(any_bench.study_id)
    any_bench.create(STUDIES / "plain_quadratic.py", budget=2)
    assert any_bench.ended(any_bench.start(STUDIES / "plain_quadratic.py")) == 0
    study = any_bench.seen()
    assert {curve.metric for curves in study.curves.values() for curve in curves} == {"value"}


def test_a_worker_needs_its_study(bench: Bench, declared: Description) -> None:
    bench.create(DECLARED, declared)
    options = WorkerOptions(str(DECLARED), bench.address.url, "gone")
    with pytest.raises(StudyNotFoundError, match="gone"):
        run_worker(options)


def test_a_worker_may_create_its_study(tmp_path: Path) -> None:
    file = STUDIES / "stops_itself.py"
    options = WorkerOptions(str(file), str(tmp_path / "new.db"), create=True)
    assert run_worker(options) == 0
    (name,) = list_studies(parse_address(str(tmp_path / "new.db")))
    assert name == "stops_itself"
