"""Which configurations the final validation runs, with which seeds, and what of that is still to be done (G28).

A configuration is known by its parameters, a seed aside (:mod:`hpt_tui.domain.configurations`), so that several
trials of one are one candidate. The runs of the validation are trials of the same study that say so
(:class:`~hpt_tui.domain.trial.Validates`); nothing else is kept anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE
from hpt_tui.domain.configurations import keys_of, seeds_among
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.domain.trials import Mark, Mask, Places
from hpt_tui.errors import OrderRefusedError

TOP, SEEDS = DEFAULT_ADVICE.finalists, DEFAULT_ADVICE.seeds
FIRST_SEED = 1
"""The seed of the first run. 0 is what the search itself has by default: its luck must not count again."""
MOST_TOP, MOST_SEEDS = 100, 100
LEAST = 2
"""Complete configurations that it takes: of one there is nothing to choose."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One configuration, as the search found it, and its runs of the validation."""

    of: int
    """The number of the trial that is repeated."""
    found: tuple[int, ...]
    """The search's own complete runs of it, by number."""
    value: float | None
    """What the search found, the mean of these; None where nothing of the search is left."""
    baseline: bool
    """Whether it is the default configuration (G27)."""
    runs: tuple[TrialRow, ...] = ()
    """The newest run of each seed, by seed."""

    @property
    def seeds(self) -> frozenset[int]:
        """Those that have a run which need not be made once more."""
        runs = ((run.validates, run) for run in self.runs)
        return frozenset(told.seed for told, run in runs if told is not None and not lost(run))


@dataclass(frozen=True, slots=True)
class WantedRun:
    """A run that is to be made: trial ``of`` with ``seed``."""

    of: int
    seed: int
    lost: int | None = None
    """The number of the run that was lost, whose retry this one is."""


def lost(run: TrialRow) -> bool:
    """Whether a run ended without saying anything of its configuration: interrupted, discarded, or lost with its
    worker. One that failed, diverged or was pruned has said something."""
    return run.state is TrialState.FAILED and run.by_hand


def configurations(study: StudySnapshot) -> tuple[Candidate, ...]:
    """Every configuration that is complete, finite and violates no constraint, the best first by the mean of its
    runs of the search; then those that have nothing but runs of the validation. The default one counts with a
    finite value. Empty with several objectives, or while the study is still being read."""
    if not study.single or study.outline is not None:
        return ()
    trials = study.trials
    c = trials.columns
    inputs = (c.states, c.values, c.params, c.marks, c.validates)
    return trials.derive("configurations", inputs, lambda: _configurations(study), (study.direction,))


def candidates(study: StudySnapshot, top: int = TOP) -> tuple[Candidate, ...]:
    """The ``top`` best configurations, the best first, and the default one behind them if it is not among them."""
    found = [one for one in configurations(study) if one.value is not None]
    return (*found[:top], *(one for one in found[top:] if one.baseline))


def validated(study: StudySnapshot) -> tuple[Candidate, ...]:
    """The configurations that have a run of the validation, in the order of :func:`configurations`."""
    return tuple(one for one in configurations(study) if one.runs)


def missing_runs(study: StudySnapshot, top: int = TOP, seeds: int = SEEDS) -> tuple[WantedRun, ...]:
    """What is still to be made waiting so that each candidate is run with ``seeds`` seeds: all first seeds, then
    all second ones. A (configuration, seed) that waits, runs or has ended is left out, unless it was lost."""
    chosen = candidates(study, top)
    wanted = range(FIRST_SEED, FIRST_SEED + seeds)
    return tuple(_wanted(one, seed) for seed in wanted for one in chosen if seed not in one.seeds)


def open_runs(study: StudySnapshot) -> int:
    """How many runs of the validation wait or run."""
    return sum(
        run.state in (TrialState.WAITING, TrialState.RUNNING) for one in validated(study) for run in one.runs
    )


def only_validates(study: StudySnapshot, host: str) -> bool:
    """Whether the workers of ``host`` are wanted for the validation alone, and it still goes on."""
    crew = study.control.wanted.get(host)
    return crew is not None and crew.validating and open_runs(study) > 0


def check_validation(study: StudySnapshot, top: int, seeds: int) -> None:
    """See that ``study`` can be validated so.

    Raises:
        OrderRefusedError: it has several objectives, too few complete trials, or the numbers make no sense.
    """
    if not 1 <= top <= MOST_TOP:
        raise OrderRefusedError("validation", f"can take 1 to {MOST_TOP} configurations, not {top}")
    if not 1 <= seeds <= MOST_SEEDS:
        raise OrderRefusedError("validation", f"can take 1 to {MOST_SEEDS} seeds, not {seeds}")
    if not study.single:
        problem = "has several objectives, so there is no one best configuration to validate"
        raise OrderRefusedError(study.name, problem)
    count = sum(one.value is not None for one in configurations(study))
    if count < LEAST:
        problem = f"has {count} complete configuration{'s' * (count != 1)}, and validation chooses among {LEAST}"
        raise OrderRefusedError(study.name, f"{problem} or more", "search first: hpt-tui run FILE.py")


def _wanted(one: Candidate, seed: int) -> WantedRun:
    gone = (run.number for run in one.runs if run.validates is not None and run.validates.seed == seed)
    return WantedRun(one.of, seed, next(gone, None))


def _configurations(study: StudySnapshot) -> tuple[Candidate, ...]:
    trials = study.trials
    values = trials.columns.values[:, 0]
    baseline = trials.complete & trials.marked(Mark.BASELINE)
    searched = (trials.candidates | baseline) & np.isfinite(values)
    places = np.flatnonzero(searched | trials.validating)
    keys = keys_of(trials, places, seeds_among(trials.columns.params))
    order = np.argsort(keys, kind="stable")
    ends = np.flatnonzero(keys[order][1:] != keys[order][:-1]) + 1
    groups = np.split(places[order], ends) if len(places) else []
    made = (_candidate(study, group, searched[group], bool(baseline[group].any())) for group in groups)
    return tuple(sorted(made, key=lambda one: _rank(study, one)))


def _rank(study: StudySnapshot, one: Candidate) -> tuple[bool, float, int]:
    loss = 0.0 if one.value is None else study.direction.loss(one.value)
    return one.value is None, loss, one.of


def _candidate(study: StudySnapshot, group: Places, searched: Mask, baseline: bool) -> Candidate:
    trials = study.trials
    own = group[searched]
    found = trials.select(own).numbers
    runs: dict[int, TrialRow] = {}
    for run in trials.select(group[trials.validating[group]]):
        before = runs.get(run.validates.seed) if run.validates is not None else None
        # By number: a retry comes after what it is a retry of. One that came twice by a hair was taken back.
        if run.validates is not None and (before is None or lost(before) or not lost(run)):
            runs[run.validates.seed] = run
    told = [run.validates.of for run in runs.values() if run.validates is not None]
    # Once repeated, a trial stands for its configuration, whatever of it is found later. In a fork it has another
    # number than its runs say.
    of = next((number for number in told if number in found), min(found or told))
    value = float(np.mean(trials.columns.values[own, 0])) if len(own) else None
    return Candidate(of, found, value, baseline, tuple(runs[seed] for seed in sorted(runs)))
