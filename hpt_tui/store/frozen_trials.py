"""Optuna's own trials as ours: rows in a ledger, curves where they are wanted."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

import numpy as np
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from hpt_tui.domain.space import Range
from hpt_tui.domain.trial import Curve
from hpt_tui.domain.trial_ledger import TrialLedger
from hpt_tui.domain.trials import Mark, Trials
from hpt_tui.store.points import points_from_attributes, to_curves
from hpt_tui.store.study_facts import SEEN
from hpt_tui.store.translate import reported_curve, to_range, to_row

FEW = 50
"""All trials are listed unless there are so many times as many of them as open ones."""


class FrozenTrials:
    """The trials of a study as Optuna hands them out. A finished one never changes, and is looked at once."""

    def __init__(self, objectives: int) -> None:
        self._ledger = TrialLedger(objectives)
        self._known: dict[int, FrozenTrial] = {}
        self._open: set[int] = set()
        """The numbers of those that wait or run."""
        self._newest = -1
        """The largest number."""
        self._noted = self._starred = frozenset[int]()
        self._numbers: dict[int, int] = {}
        """Trial id -> number."""
        self._curves: dict[int, tuple[FrozenTrial, str, tuple[Curve, ...]]] = {}

    def read(self, storage: BaseStorage, study_id: int, *, one_by_one: bool) -> None:
        """Read what may have changed.

        ``one_by_one``: the storage has a single trial at hand, as a journal has, which lists all of them in
        milliseconds.
        """
        if one_by_one and FEW * (len(self._open) + 1) < len(self._known) == self._newest + 1:
            changed = self._changed_alone(storage, study_id)
        else:
            changed = self._changed(storage.get_all_trials(study_id, deepcopy=False))
        for trial in changed:
            self._put(trial)

    def remark(self, noted: frozenset[int], starred: frozenset[int]) -> None:
        """Mark the trials with the ids ``noted``, and those with the numbers ``starred``, and no others."""
        for trial_id in noted ^ self._noted:
            if (number := self._numbers.get(trial_id)) is not None:
                self._ledger.mark(number, Mark.NOTED, on=trial_id in noted)
        for number in starred ^ self._starred:
            self._ledger.mark(number, Mark.STARRED, on=number in starred)
        self._noted, self._starred = noted, starred

    def by_number(self, by_id: Mapping[int, str]) -> dict[int, str]:
        """What is known by the ids of trials, by their numbers."""
        return {self._numbers[i]: text for i, text in by_id.items() if i in self._numbers}

    def photo(self) -> Trials:
        return self._ledger.photo()

    def attributes(self, number: int) -> Mapping[str, object]:
        """A trial's own attributes."""
        return self._known[number].user_attrs

    def newest(self) -> Iterator[Mapping[str, Range]]:
        """What the newest trials were drawn from, the newest first."""
        for number in self._ledger.photo().columns.numbers[: -SEEN - 1 : -1].tolist():
            yield {name: to_range(d) for name, d in self._known[number].distributions.items()}

    def curves(self, numbers: Iterable[int], metric: str) -> dict[int, tuple[Curve, ...]]:
        """The curves of some trials, the reported ``metric`` first; those of all others are forgotten."""
        kept = {}
        for number in numbers:
            trial, before = self._known[number], self._curves.get(number)
            if before is None or before[0] is not trial or before[1] != metric:
                before = trial, metric, _renewed(_curves_of(trial, metric), before[2] if before else ())
            kept[number] = before
        self._curves = kept
        return {number: curves for number, (_, _, curves) in kept.items() if curves}

    def _changed_alone(self, storage: BaseStorage, study_id: int) -> list[FrozenTrial]:
        """The open trials and the new ones."""
        trials = [storage.get_trial(self._known[number]._trial_id) for number in self._open]
        with suppress(KeyError):
            for number in itertools.count(len(self._known)):
                new = storage.get_trial_id_from_study_id_trial_number(study_id, number)
                trials.append(storage.get_trial(new))
        return [t for t in trials if not _same(self._known.get(t.number), t)]

    def _changed(self, trials: list[FrozenTrial]) -> list[FrozenTrial]:
        """Those of all trials, by ascending number, that are not what they were."""
        count = len(self._known)
        if 0 < count <= len(trials) and max(self._newest, trials[count - 1].number) == count - 1:
            # No number is missing so far: places are numbers, and only open trials can have changed.
            trials = [*(trials[number] for number in self._open), *trials[count:]]
        return [t for t in trials if not _same(self._known.get(t.number), t)]

    def _put(self, trial: FrozenTrial) -> None:
        noted, starred = trial._trial_id in self._noted, trial.number in self._starred
        self._ledger.put(to_row(trial, noted=noted, starred=starred))
        self._numbers[trial._trial_id] = trial.number
        self._known[trial.number], self._newest = trial, max(self._newest, trial.number)
        if trial.state.is_finished():
            self._open.discard(trial.number)
        else:
            self._open.add(trial.number)


def _same(known: FrozenTrial | None, trial: FrozenTrial) -> bool:
    return known is trial or (known is not None and known == trial)


def _curves_of(trial: FrozenTrial, metric: str) -> tuple[Curve, ...]:
    reported, points = reported_curve(trial, metric), points_from_attributes(trial.user_attrs)
    points.pop(metric, None)
    return (*((reported,) if reported else ()), *to_curves(trial.number, points))


def _renewed(curves: tuple[Curve, ...], before: tuple[Curve, ...]) -> tuple[Curve, ...]:
    """``curves``, with the very object of before where one is as it was; also the tuple, if all are."""
    known = {curve.metric: curve for curve in before}
    found = tuple(old if (old := known.get(new.metric)) and _alike(old, new) else new for new in curves)
    return before if len(found) == len(before) and all(map(_is, found, before)) else found


def _is(one: Curve, other: Curve) -> bool:
    return one is other


def _alike(one: Curve, other: Curve) -> bool:
    same = np.array_equal(one.steps, other.steps) and np.array_equal(one.values, other.values, equal_nan=True)
    return bool(same)
