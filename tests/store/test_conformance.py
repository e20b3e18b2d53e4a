"""The same promises over every storage (L1; issue 3, item 4): a snapshot says what Optuna itself says."""

from __future__ import annotations

import itertools
import math

import optuna
import pytest
from optuna.storages import RetryHeartbeatStaleTrialCallback
from optuna.trial import TrialState as OptunaState

from hpt_tui.domain.event import Event
from hpt_tui.domain.snapshot import RECENT
from hpt_tui.domain.space import Choices, FloatRange, IntRange
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.store import keys
from hpt_tui.store.reader import open_reader
from hpt_tui.store.record import StudyRecord
from tests.store.watched import SPACE, Aim, Home, Watched, drawn, seen

# Trials


def test_a_study_without_trials_is_an_empty_snapshot(watched: Watched) -> None:
    study = watched.poll()
    assert (study.name, study.directions, study.metric) == (
        watched.study.study_name,
        (Direction.MAXIMIZE,),
        "value",
    )
    assert (len(study.trials), study.total, study.best, dict(study.curves)) == (0, 0, None, {})
    assert set(study.counts.values()) == {0}


def test_a_trial_of_every_state_is_what_optuna_says(watched: Watched) -> None:
    watched.study.tell(watched.ask(), 1.0)
    pruned = watched.ask()
    pruned.report(0.1, 0)
    watched.study.tell(pruned, state=OptunaState.PRUNED)
    watched.study.tell(watched.ask(), state=OptunaState.FAIL)
    watched.ask().report(0.5, 3)
    watched.study.enqueue_trial({"lr": 1e-2})
    study = watched.poll()
    assert [t.state.value for t in study.trials] == ["complete", "pruned", "failed", "running", "waiting"]
    assert seen(study) == watched.rows()
    assert (study.trials[1].values, study.trials[3].last_step) == ((0.1,), 3)


def test_parameters_of_every_kind_keep_their_values_and_ranges(watched: Watched) -> None:
    watched.ask(SPACE)
    for value in range(11):
        watched.add(float(value), SPACE)
    study = watched.poll()
    assert seen(study) == watched.rows()
    assert [dict(t.params) for t in study.trials] == [t.params for t in watched.study.trials]
    assert {repr(t.params["mixed"]) for t in study.trials} == {"None", "True", "2", "1.5", "'x'"}
    assert study.trials[0].ranges == {
        "lr": FloatRange(1e-4, 1e-1, log=True),
        "dropout": FloatRange(0.0, 0.6),
        "momentum": FloatRange(0.5, 0.9, step=0.1),
        "layers": IntRange(1, 8),
        "width": IntRange(8, 64, step=8),
        "batch": IntRange(1, 128, log=True),
        "optimizer": Choices(("sgd", "adamw")),
        "mixed": Choices((None, True, 2, 1.5, "x")),
    }
    assert study.declared == study.trials[0].ranges


def test_an_enqueued_trial_waits_and_then_runs(watched: Watched) -> None:
    watched.study.enqueue_trial({"lr": 0.01, "width": 16})
    waiting = watched.poll().trials[0]
    assert (waiting.state, waiting.started) == (TrialState.WAITING, None)
    trial = watched.ask()
    running = watched.poll().trials[0]
    assert (running.state, running.params["lr"], trial.number) == (TrialState.RUNNING, 0.01, 0)
    assert seen(watched.poll()) == watched.rows()


def test_a_retried_trial_starts_from_what_the_failed_one_was(watched: Watched) -> None:
    failed = watched.ask()
    failed.report(0.25, 1)
    watched.study.tell(failed, state=OptunaState.FAIL)
    retry = RetryHeartbeatStaleTrialCallback(max_retry=3, inherit_intermediate_values=True)
    retry(watched.study, watched.study.trials[0])
    study = watched.poll()
    assert [t.state for t in study.trials] == [TrialState.FAILED, TrialState.WAITING]
    assert study.trials[1].params == study.trials[0].params
    assert seen(study) == watched.rows()
    watched.study.tell(watched.ask(), 0.5)
    assert [t.value for t in watched.poll().trials] == [None, 0.5]
    assert (seen(watched.poll()), drawn(watched.poll())) == (watched.rows(), watched.curves())


def test_who_ran_a_trial_and_how_it_ended_is_told(watched: Watched) -> None:
    ends = [
        ({"how": "failed", "text": "RuntimeError: loss is NaN"}, OptunaState.FAIL),
        ({"how": "lost", "text": "worker box-1 died"}, OptunaState.FAIL),
        ({"how": "pruned-by-hand", "text": "by ann@box"}, OptunaState.PRUNED),
        ({"how": "lost", "text": "not yet failed"}, None),
        ("nonsense", OptunaState.FAIL),
    ]
    for end, state in ends:
        trial = watched.ask()
        trial.set_user_attr(keys.TRIAL_WORKER, "box-1")
        trial.set_user_attr(keys.TRIAL_END, end)
        trial.set_user_attr(keys.TRIAL_BASELINE, trial.number == 0)
        if state is not None:
            watched.study.tell(trial, state=state)
    study = watched.poll()
    assert [t.reason for t in study.trials] == [
        "RuntimeError: loss is NaN",
        "worker box-1 died",
        "by ann@box",
        "",
        "",
    ]
    assert [t.by_hand for t in study.trials] == [False, True, True, False, False]
    assert [t.baseline for t in study.trials] == [True, False, False, False, False]
    assert {t.worker for t in study.trials} == {"box-1"}
    assert seen(study) == watched.rows()


def test_a_note_of_the_dashboard_is_seen_until_it_is_taken_away(watched: Watched) -> None:
    trials = [watched.ask(), watched.ask()]
    watched.study.tell(trials[1], 1.0)
    watched.home.storage.set_study_system_attr(watched.study._study_id, "dashboard:note_str:0", "of the study")
    assert not any(t.noted for t in watched.poll().trials)
    for trial in trials:
        watched.note(trial, "see the *spike*")
    assert [t.noted for t in watched.poll().trials] == [True, True]
    assert seen(watched.poll()) == watched.rows()
    watched.note(trials[1], "")
    assert [t.noted for t in watched.poll().trials] == [True, False]


# Curves


def test_steps_may_come_in_any_order_and_values_be_nan_or_infinite(watched: Watched) -> None:
    trial = watched.ask()
    for step, value in ((7, 0.5), (2, math.nan), (0, math.inf), (40, -math.inf), (9, 1e-300)):
        trial.report(value, step)
    study = watched.poll()
    curve = study.curve(0, "value")
    assert curve is not None
    assert curve.steps.tolist() == [0, 2, 7, 9, 40]
    assert curve.finite.tolist() == [False, False, True, True, False]
    assert study.trials[0].non_finite
    assert (seen(study), drawn(study)) == (watched.rows(), watched.curves())


def test_objective_values_may_be_infinite(watched: Watched) -> None:
    for value in (-math.inf, 0.5, math.inf):
        watched.study.tell(watched.ask(), value)
    study = watched.poll()
    assert [t.value for t in study.ranked] == [math.inf, 0.5, -math.inf]
    assert seen(study) == watched.rows()


def test_logged_metrics_are_curves_beside_the_reported_one(watched: Watched) -> None:
    trial = watched.ask()
    for step in range(30):
        trial.report(0.5 + step / 100, step)
        watched.log(trial, step, train_loss=1 / (step + 1), val_loss=math.nan if step == 3 else 0.5)
    study = watched.poll()
    assert [c.metric for c in study.curves[0]] == ["value", "train_loss", "val_loss"]
    assert drawn(study) == watched.curves()
    again = optuna.load_study(study_name=watched.study.study_name, storage=watched.home.storage)
    assert list(again.trials[0].intermediate_values) == list(range(30))


def test_curves_are_those_of_new_running_and_best_trials_and_of_what_is_looked_at(watched: Watched) -> None:
    trial = watched.ask()
    trial.report(0.25, 0)
    for value in (0.1, 0.2, 0.9, *itertools.repeat(0.3, RECENT)):
        watched.add(value, ())
    newest = set(range(4, 4 + RECENT))
    assert set(watched.poll().curves) == {0, 3, *newest}
    assert set(watched.poll(2, 999).curves) == {0, 2, 3, *newest}
    assert set(watched.poll().curves) == {0, 3, *newest}
    watched.study.tell(trial, 0.0)
    assert set(watched.poll().curves) == {3, *newest}


# The best


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_counts_best_and_ranking_are_optunas(home: Home, direction: Aim) -> None:
    watched = home.study([direction])
    for value in (0.3, 0.9, -1.5, 0.3, 0.1, 0.3):
        watched.study.tell(watched.ask(), value)
    better = watched.ask()
    better.report(100.0 if direction == "maximize" else -100.0, 0)
    watched.study.tell(better, state=OptunaState.PRUNED)
    watched.ask()
    study = watched.poll()
    assert study.best is not None
    assert study.best.number == watched.study.best_trial.number
    assert (study.counts[TrialState.COMPLETE], study.counts[TrialState.PRUNED], study.total) == (6, 1, 8)
    done = [t for t in watched.study.trials if t.state is OptunaState.COMPLETE]
    order = sorted(done, key=lambda t: (-1 if direction == "maximize" else 1) * (t.value or 0.0))
    assert study.ranked.numbers == tuple(t.number for t in order)


def test_a_trial_that_violates_a_constraint_is_never_the_best(watched: Watched) -> None:
    for value, constraints in ((0.9, {"size": 0.5, "time": -1.0}), (0.5, {"size": 0.0}), (0.4, {})):
        trial = watched.ask()
        for name, constraint in constraints.items():
            trial.set_constraint(name, constraint)
        watched.study.tell(trial, value)
    listed = optuna.trial.create_trial(value=0.95, system_attrs={"constraints": [-1.0, 2.0]})
    watched.study.add_trial(listed)
    for reader in (watched.reader, open_reader(watched.home.address, watched.study.study_name)):
        study = reader.poll()
        assert study.best is not None
        assert study.best.number == watched.study.best_trial.number == 1
        assert [t.infeasible for t in study.trials] == [True, False, False, True]
        assert study.ranked.numbers == (1, 2)
        assert seen(study) == watched.rows()


def test_several_objectives_have_all_their_values_and_no_best(home: Home) -> None:
    watched = home.study(["minimize", "maximize", "minimize"])
    watched.study.tell(watched.ask(), [1.0, math.inf, -3.0])
    watched.study.tell(watched.ask(), [0.5, 2.0, 3.0])
    study = watched.poll()
    assert study.directions == (Direction.MINIMIZE, Direction.MAXIMIZE, Direction.MINIMIZE)
    assert (study.trials[0].values, study.best, study.single) == ((1.0, math.inf, -3.0), None, False)
    assert seen(study) == watched.rows()


def test_the_metric_is_what_optuna_was_told(watched: Watched) -> None:
    assert watched.poll().metric == "value"
    watched.study.set_metric_names(["val_acc"])
    watched.ask().report(0.5, 0)
    study = watched.poll()
    assert (study.metric, study.curves[0][0].metric) == ("val_acc", "val_acc")


# The study


def test_control_leases_events_and_budget_are_what_was_written(watched: Watched) -> None:
    watched.study.tell(watched.ask(), 1.0)
    declared = watched.poll().declared["lr"]
    lease = Lease("w1", "box", "boot", 7, 1.0, 0, "cpu", WorkerState.TRAINING, 2.0, 3, 0.5, 1.0)
    watched.control.change_bound("lr", declared, 1e-4, 1.0, at=7.0)
    watched.control.pause(True, 8.0)
    watched.control.prune(0, 9.0)
    watched.control.put_lease(lease)
    watched.control.record(Event(5.0, "ann@box", "widen", "lr", "0.1", "1", "edge"))
    watched.control.set_budget(40)
    study = watched.poll()
    said = watched.study.user_attrs
    assert (study.control, study.control.paused) == (keys.decode_control(said), True)
    assert (study.leases, study.events, study.budget) == ((lease,), keys.decode_events(said), 40)
    assert (study.space["lr"], study.declared["lr"]) == (FloatRange(1e-4, 1.0, log=True), declared)


def test_a_widened_trial_keeps_its_own_range_and_the_code_its_bounds(watched: Watched) -> None:
    watched.study.tell(watched.ask(), 1.0)
    declared = watched.poll().declared["lr"]
    watched.control.change_bound("lr", declared, 1e-4, 1.0, at=7.0)
    watched.study.ask().suggest_float("lr", 1e-4, 1.0, log=True)
    study = watched.poll()
    assert [t.ranges["lr"] for t in study.trials] == [declared, FloatRange(1e-4, 1.0, log=True)]
    assert study.declared["lr"] == declared
    assert seen(study) == watched.rows()


def test_a_space_is_the_files_where_it_declares_one(watched: Watched) -> None:
    watched.study.tell(watched.ask(), 1.0)
    assert not watched.poll().from_file
    wide = optuna.distributions.FloatDistribution(1e-4, 1.0, log=True)
    space = {"lr": optuna.distributions.distribution_to_json(wide), "odd": "?"}
    watched.control.declare(StudyRecord("/x.py", "box", "acc", "maximize", space))
    study = watched.poll()
    assert study.from_file
    assert (study.declared, study.metric) == ({"lr": FloatRange(1e-4, 1.0, log=True)}, "acc")


def test_garbage_in_our_attributes_is_ignored(watched: Watched) -> None:
    names = [keys.PAUSE, keys.STOP, keys.SPEC, keys.BUDGET]
    names += [*(prefix + "lr" for prefix in keys.BOUNDS), keys.WORKER + "w", keys.EVENT + "1"]
    garbage: list[object] = ["x", 3.5, [1], {"low": "a", "on": "yes", "state": "?"}, None]
    for value in garbage:
        for name in names:
            watched.study.set_user_attr(name, value)
        study = watched.poll()
        assert (study.control.paused, study.control.stopping, study.budget) == (False, False, None)
        assert (study.leases, dict(study.space)) == ((), {})
