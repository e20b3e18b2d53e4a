"""One change at a time from a baseline, each with the same seeds: how much each parameter matters, measured.

The case studies of the other files here use it (G31, G32). Every run is a trial of an Optuna study in an SQLite
file: what is there is not run again, several processes share what is left, and what a killed one was at is taken
up once its heartbeat has been missing for two minutes.
"""

from __future__ import annotations

import argparse
import signal
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import NoReturn, TypeAlias

import optuna
from filelock import FileLock
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback, fail_stale_trials
from optuna.study import Study
from optuna.trial import FrozenTrial, Trial, TrialState

from effects import CaseStudy, Params
from hpt_tui.domain import figures
from hpt_tui.errors import DivergedError, InputError
from kept_runs import opened

Train: TypeAlias = Callable[[Trial, Params, int], float]
"""One training with these parameters and this seed; an accuracy, 0..1."""

MOST_SEEDS = 1000
HEARTBEAT, GIVEN_UP_AFTER = 30, 120
"""Seconds."""
FIXED, DIVERGED = "fixed_params", "diverged"
"""Where Optuna keeps what was enqueued; and what a trial is marked with whose loss was no number."""


def run(case: CaseStudy, train: Train, seeds: int, file: Path) -> int:
    """Run what is still to be run, and print the table; the exit code: 0 if all of it is measured, else 1.

    Raises:
        InputError: ``file`` cannot be used.
    """
    warnings.simplefilter("ignore", ExperimentalWarning)
    study = opened(case.study_name, file, "maximize", _storage)
    with FileLock(f"{file}.lock"):
        fail_stale_trials(study)
        _enqueue(study, case, seeds)

    def objective(trial: Trial) -> float:
        if FIXED not in trial._cached_frozen_trial.system_attrs:
            # Another process took the last one that waited in the same moment.
            raise optuna.TrialPruned
        params = _suggested(trial, case)
        try:
            return train(trial, {**case.baseline, **params}, trial.suggest_int("seed", 0, MOST_SEEDS))
        except DivergedError as error:
            trial.set_user_attr(DIVERGED, True)
            raise optuna.TrialPruned from error

    while study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        study.optimize(objective, n_trials=1, callbacks=[_tell])
    return _conclude(study, case, seeds)


def _storage(url: str) -> RDBStorage:
    return RDBStorage(
        url,
        engine_kwargs={"connect_args": {"timeout": 60}},
        heartbeat_interval=HEARTBEAT,
        grace_period=GIVEN_UP_AFTER,
        heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(inherit_intermediate_values=True),
    )


def _enqueue(study: Study, case: CaseStudy, seeds: int) -> None:
    """What neither waits nor runs nor has come to its end; what failed, from its checkpoint."""
    trials = study.get_trials(deepcopy=False)
    retry = RetryHeartbeatStaleTrialCallback(inherit_intermediate_values=True)
    for seed in range(seeds):
        for configuration in case.configurations():
            wanted = {c.parameter: configuration[c.parameter] for c in case.changes} | {"seed": seed}
            same = [t for t in trials if t.system_attrs.get(FIXED) == wanted]
            if not same:
                study.enqueue_trial(wanted)
            elif all(t.state is TrialState.FAIL for t in same):
                retry(study, study.get_trials()[same[-1].number])


def _suggested(trial: Trial, case: CaseStudy) -> Params:
    return {c.parameter: trial.suggest_categorical(c.parameter, (c.before, c.after)) for c in case.changes}


def _tell(study: Study, trial: FrozenTrial) -> None:
    left = len(study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))
    params = ", ".join(f"{name} {figures.parameter(value)}" for name, value in trial.params.items())
    print(f"#{trial.number} {params}: {figures.metric(trial.value)}; {left} wait", file=sys.stderr)


def _conclude(study: Study, case: CaseStudy, seeds: int) -> int:
    measured, running = [], 0
    for trial in study.get_trials(deepcopy=False):
        running += trial.state is TrialState.RUNNING
        if trial.params.get("seed", seeds) < seeds and (trial.value is not None or DIVERGED in trial.user_attrs):
            params = {**case.baseline, **trial.params}
            del params["seed"]
            measured.append((params, nan if trial.value is None else trial.value))
    print(case.table(case.effects(measured), seeds))
    if running:
        print(f"{running} still at it, or their process died: run this again in two minutes", file=sys.stderr)
    return 0 if len(measured) >= seeds * len(case.configurations()) else 1


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    tiny: bool
    epochs: int
    seeds: int
    data: Path
    file: Path


def main(
    case_study: Callable[[Options], int], file: str, *, epochs: int, tiny_epochs: int, tiny: bool, data: Path
) -> NoReturn:
    """Run the case study of the study file ``file`` as the command line says, and end with its exit code."""
    try:
        options = _parse(file, epochs=epochs, tiny_epochs=tiny_epochs, tiny=tiny, data=data)
        raise SystemExit(case_study(options))
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
        raise SystemExit(128 + signal.SIGINT) from None
    except InputError as error:
        print(error.line, file=sys.stderr)
        raise SystemExit(error.exit_code) from None


def _parse(file: str, *, epochs: int, tiny_epochs: int, tiny: bool, data: Path) -> Options:
    parser = argparse.ArgumentParser(description="Measure what each change to the baseline does by itself.")
    parser.add_argument("--case-study", action="store_true", required=True, help="what there is to do here")
    parser.add_argument("--tiny", action="store_true", default=tiny, help="a few generated pictures, seconds")
    parser.add_argument("--epochs", type=_positive, metavar="N", help=f"of each training; {epochs}")
    parser.add_argument("--seeds", type=_positive, default=1, metavar="S", help="for each configuration; 1")
    parser.add_argument("--data", type=Path, default=data, metavar="FOLDER", help="the data set's; %(default)s")
    runs = Path(file).with_name(f"{Path(file).stem}_one_at_a_time.db")
    parser.add_argument("--file", type=Path, default=runs, help="keeps the runs; %(default)s")
    given = parser.parse_args()
    trained = given.epochs or (tiny_epochs if given.tiny else epochs)
    return Options(given.tiny, trained, given.seeds, given.data, given.file)


def _positive(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MOST_SEEDS:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {MOST_SEEDS}, not {text!r}")
    return int(text)
