"""A W&B sweep as a study file: its YAML is the declaration, its program, unchanged, the objective (G35)."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.trial import Trial

from hpt_tui.domain.space import ParamValue
from hpt_tui.domain.strategy import Strategy
from hpt_tui.domain.sweep import Sweep
from hpt_tui.errors import StudyFileError
from hpt_tui.store.sweep_yaml import read_sweep
from hpt_tui.store.translate import to_distribution
from hpt_tui.study_file import StudySpec
from hpt_tui.worker.wandb_stand_in import Run, in_place_of_wandb

SAMPLERS = {Strategy.GRID: "grid", Strategy.RANDOM: "random", Strategy.BAYES: "tpe", None: ""}
"""What runs a sweep's method. W&B's bayes is a Gaussian process; Optuna's usual Bayesian sampler is TPE (C3)."""


@dataclass(frozen=True, slots=True)
class SweepProgram:
    """The objective: runs the program from its first line for each trial, as W&B's agent does, in this process."""

    program: Path
    sweep: Sweep
    spec: StudySpec

    def __call__(self, trial: Trial) -> float:
        """The metric as it was logged last.

        Raises:
            ValueError: the program has never logged it.
        """
        params = self.spec.suggest(trial)
        pruned = False

        def report(value: float, step: int) -> None:
            nonlocal pruned
            trial.report(value, step)
            if trial.should_prune():
                pruned = True
                raise optuna.TrialPruned

        chosen = {**self.sweep.fixed, **params}
        run = Run(_levels(chosen), self.sweep.metric, report)
        with in_place_of_wandb(run), _arguments(self.program, chosen):
            _run(self.program)
        if pruned:
            # The program has caught it, and gone on or ended well.
            raise optuna.TrialPruned
        if run.last is None:
            raise ValueError(f"{self.program.name} has never logged {self.sweep.metric!r} with wandb.log")
        return run.last


def sweep_study(path: Path) -> tuple[StudySpec, SweepProgram]:
    """What a sweep's YAML declares.

    Raises:
        InputError: it is no sweep.
        StudyFileError: it cannot be run: no program, no metric, or a space that Optuna has no like of.
    """
    sweep = read_sweep(path)
    if not sweep.metric:
        raise StudyFileError(str(path), "metric: name is missing", "it is what the search goes by")
    if not sweep.program:
        raise StudyFileError(str(path), "program is missing", "it is what is run for each trial")
    program = path.parent / sweep.program
    if not program.is_file():
        raise StudyFileError(str(path), f"its program {sweep.program!r} is not there", f"looked for {program}")
    early = sweep.hyperband
    try:
        spec = StudySpec(
            name=sweep.name,
            metric=sweep.metric,
            direction=sweep.direction,
            space={name: to_distribution(range_) for name, range_ in sweep.space.items()},
            steps=None if early is None else early.max_iter,
            strategy=SAMPLERS[sweep.method],
            # Its early_terminate compares each run with the others where successive halving does.
            pruner="none" if early is None else "asha",
        )
    except ValueError as error:
        raise StudyFileError(str(path), str(error), f"see: hpt-tui lint {path.name}") from error
    return spec, SweepProgram(program, sweep, spec)


def _run(program: Path) -> None:
    folder = str(program.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        runpy.run_path(str(program), run_name="__main__")
    except SystemExit as ending:
        if ending.code not in (None, 0):
            raise RuntimeError(f"{program.name} ended with {ending.code!r}") from ending


@contextmanager
def _arguments(program: Path, chosen: Mapping[str, ParamValue]) -> Iterator[None]:
    """The program's arguments, ``--name=value``, as W&B's agent passes them."""
    before = sys.argv
    sys.argv = [str(program), *(f"--{name}={value}" for name, value in chosen.items())]
    try:
        yield
    finally:
        sys.argv = before


def _levels(chosen: Mapping[str, ParamValue]) -> dict[str, object]:
    """``{"optimizer.lr": 1}`` as ``{"optimizer": {"lr": 1}}``."""
    found: dict[str, object] = {}
    for name, value in chosen.items():
        *above, last = name.split(".")
        inner = found
        for level in above:
            below = inner.setdefault(level, {})
            if not isinstance(below, dict):
                below = inner[level] = {}
            inner = below
        inner[last] = value
    return found
