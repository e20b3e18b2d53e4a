"""Whether warmup matters, measured: the same learning rates with and without it, on the same seeds.

``transformer_warmup.py --proof`` uses it (G33). Every run is a trial of an Optuna study in an SQLite file: what is
there is not run again, and what was killed is.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import fmean, stdev

from filelock import FileLock, Timeout
from optuna.study import Study
from optuna.trial import Trial, TrialState

from hpt_tui.domain import figures
from hpt_tui.errors import DivergedError, InputError
from kept_runs import opened

SHARES = (0.0, 0.05, 0.1)
"""Of the steps: none, and the usual ones (G37)."""
MOST_SEEDS = 1000
STANDARD_ERRORS = 2.0
"""A difference within so many of its own standard errors is noise."""


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """One training."""

    seed: int
    lr: float
    share: float


@dataclass(frozen=True, slots=True)
class Cell:
    """The final losses of one learning rate with one warmup, a seed each; infinite where it was no number."""

    losses: tuple[float, ...]
    limit: float
    """A training that ends no lower has diverged."""

    @property
    def diverged(self) -> int:
        return sum(not loss < self.limit for loss in self.losses)

    @property
    def mean(self) -> float:
        return fmean(self.losses) if self.losses else math.nan

    @property
    def spread(self) -> float:
        """The standard deviation over the seeds; NaN with fewer than two."""
        return stdev(self.losses) if len(self.losses) > 1 and math.isfinite(self.mean) else math.nan


@dataclass(frozen=True, slots=True)
class Proof:
    """What was measured, and what follows."""

    rates: tuple[float, ...]
    """Ascending."""
    cells: Mapping[tuple[float, float], Cell]
    """By learning rate and warmup share."""
    seeds: int
    limit: float
    """As in :class:`Cell`."""

    def stable(self, share: float) -> float:
        """The largest rate up to which no training diverged; 0 if the smallest did."""
        reached = 0.0
        for rate in self.rates:
            if self.cells[rate, share].diverged:
                break
            reached = rate
        return reached

    def diverged(self, share: float) -> float:
        """Of all runs with this warmup, 0..1."""
        return sum(self.cells[rate, share].diverged for rate in self.rates) / (len(self.rates) * self.seeds)

    def best(self, share: float) -> float:
        """The rate with the lowest mean loss."""
        return min(self.rates, key=lambda rate: self.cells[rate, share].mean)

    def table(self) -> str:
        names = ["none" if share == 0 else figures.percent(share) for share in SHARES]
        rows = [
            ["lr", *names],
            *([f"{rate:g}", *(self._cell(rate, share) for share in SHARES)] for rate in self.rates),
            ["diverged", *(figures.percent(self.diverged(share)) for share in SHARES)],
            ["largest stable lr", *(self._rate(self.stable(share)) for share in SHARES)],
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        told = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join(told)

    def _cell(self, rate: float, share: float) -> str:
        cell = self.cells[rate, share]
        spread = "" if math.isnan(cell.spread) else f" ± {cell.spread:.3f}"
        lost = f" ({cell.diverged} of {len(cell.losses)} diverged)" if cell.diverged else ""
        return f"{cell.mean:.3f}{spread}{lost}"

    def _rate(self, stable: float) -> str:
        if not stable:
            return "none of them"
        return f"{stable:g}" + (" or more" if stable == self.rates[-1] else "")

    def verdict(self) -> list[str]:
        """A sentence for each learning rate, and one for all of it."""
        return [*(self._at(rate) for rate in self.rates), self._in_all()]

    def _at(self, rate: float) -> str:
        """Judged by the warmup that does best there, seed by seed."""
        without = self.cells[rate, 0.0]
        share = min(SHARES[1:], key=lambda s: (self.cells[rate, s].diverged, self.cells[rate, s].mean))
        warm, name = self.cells[rate, share], f"{figures.percent(share)} of warmup"
        if without.diverged != warm.diverged:
            word = "matters" if warm.diverged < without.diverged else "harms"
            lost = f"{without.diverged} of {self.seeds} runs diverge without it, {warm.diverged} with it"
            return f"lr {rate:g}: {name} {word}: {lost}"
        if without.diverged == self.seeds:
            return f"lr {rate:g}: every run diverges, with or without warmup"
        pairs = zip(without.losses, warm.losses, strict=True)
        gains = [before - after for before, after in pairs if math.isfinite(before - after)]
        gain = fmean(gains)
        if len(gains) < 2:
            return f"lr {rate:g}: {name} lowers the loss by {gain:.3f}; one seed does not tell whether by chance"
        error = stdev(gains) / math.sqrt(len(gains))
        if abs(gain) <= STANDARD_ERRORS * error:
            return f"lr {rate:g}: it makes no difference beyond noise ({gain:+.3f} ± {error:.3f})"
        return (
            f"lr {rate:g}: {name} {'lowers' if gain > 0 else 'raises'} the loss by {abs(gain):.3f} ± {error:.3f}"
        )

    def _in_all(self) -> str:
        none, warm = self.stable(0.0), max(self.stable(share) for share in SHARES[1:])
        told = ", ".join(
            f"{'none' if share == 0 else figures.percent(share)} {self.cells[best, share].mean:.3f} at lr {best:g}"
            for share in SHARES
            for best in (self.best(share),)
        )
        if warm > none:
            factor = f", {warm / none:.2g} times as high" if none else ""
            found = f"warmup MATTERS here: it makes lr {warm:g} stable{factor}"
        elif warm < none:
            found = "warmup HARMS here: without it a higher lr is stable"
        else:
            reach = ", as far as was tried" if none in (0.0, self.rates[-1]) else ""
            found = f"warmup does NOT move the largest stable lr here{reach}"
        return f"{found}. The best of each: {told}"


def prove(
    name: str, file: Path, rates: Sequence[float], seeds: int, useless: float, train: Callable[[Trial, Run], float]
) -> Proof:
    """Run what is still to be run, telling each on stderr.

    ``useless``: the loss of whoever has learnt nothing. A training has diverged if it ends nearer to that than to
    the best of all trainings, or with no number.

    Raises:
        InputError: ``file`` cannot be used, or another process is at it.
    """
    runs = [Run(seed, lr, share) for seed, lr, share in product(range(seeds), sorted(rates), SHARES)]
    lock = FileLock(f"{file}.lock", timeout=0)
    try:
        with lock:
            found = _finished(opened(name, file), runs, train)
            found = {run: found[run] for run in runs}
    except (Timeout, OSError) as error:
        why = "another process is at it" if isinstance(error, Timeout) else f"cannot be written ({error.strerror})"
        raise InputError(str(file), why, "wait for it, or name another file with --file") from error
    limit = (useless + min(useless, *found.values())) / 2
    cells = {
        (lr, share): Cell(tuple(found[Run(seed, lr, share)] for seed in range(seeds)), limit)
        for lr, share in product(rates, SHARES)
    }
    return Proof(tuple(sorted(rates)), cells, seeds, limit)


def _finished(study: Study, runs: Sequence[Run], train: Callable[[Trial, Run], float]) -> dict[Run, float]:
    """The final loss of every run; infinite where the training has diverged."""
    found: dict[Run, float] = {}
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        params = trial.params
        loss = math.inf if trial.value is None else trial.value
        found[Run(params["seed"], params["lr"], params["warmup_share"])] = loss

    def objective(trial: Trial) -> float:
        run = Run(
            trial.suggest_int("seed", 0, MOST_SEEDS - 1),
            trial.suggest_float("lr", 0.0, 10.0),
            trial.suggest_float("warmup_share", 0.0, 0.5),
        )
        try:
            found[run] = train(trial, run)
        except DivergedError:
            found[run] = math.inf
        told = f"lr {run.lr:g}, warmup {figures.percent(run.share)}, seed {run.seed}: {figures.metric(found[run])}"
        print(f"{told}; {sum(run not in found for run in runs)} to go", file=sys.stderr, flush=True)
        return found[run]

    while left := [run for run in runs if run not in found]:
        # What a killed process had enqueued and not begun still waits, and comes first.
        if not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
            study.enqueue_trial({"seed": left[0].seed, "lr": left[0].lr, "warmup_share": left[0].share})
        study.optimize(objective, n_trials=1)
    return found
