"""The trials of one study as one process knows them."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Container, Iterable

from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

_ENDED = frozenset(s for s in TrialState if s.is_finished())


class StudyCache:
    """Trials by number, in a list that is kept in order; finished ones never change again."""

    def __init__(self) -> None:
        self.read_at = -math.inf
        """When the database was last read, on the monotonic clock."""
        self.last_finished = -1
        """The greatest id of a finished trial: every trial up to there is known."""
        self.unfinished: set[int] = set()
        self.finished: dict[int, FrozenTrial] = {}
        """By id."""
        self.distributions: dict[str, BaseDistribution] = {}
        """The first distribution seen of each parameter that stands in the database."""
        self._trials: list[FrozenTrial] = []
        self._places: dict[int, int] = {}
        self._open: dict[int, FrozenTrial] = {}
        """The trials that are not finished, by number: a look for them costs no more as the study grows."""
        self._by_states: dict[frozenset[TrialState], list[FrozenTrial]] = {}
        """The finished ones by the states that were asked for, each by number."""
        self._spaces: set[int] = set()

    def put(self, trial: FrozenTrial) -> None:
        """Add a trial, or replace what was known of it."""
        place = self._places.get(trial.number)
        if place is not None:
            self._trials[place] = trial
        else:
            self._append(trial)
        if not trial.state.is_finished():
            self._open[trial.number] = trial
        elif trial._trial_id not in self.finished:
            self._open.pop(trial.number, None)
            self.finished[trial._trial_id] = trial
            for states, found in self._by_states.items():
                if trial.state in states:
                    insort(found, trial, key=_number)

    def saw(self, trials: Iterable[FrozenTrial]) -> None:
        """Take over what the database has been found to hold."""
        for trial in trials:
            self.put(trial)
            self._learn(trial.distributions)
            if trial.state.is_finished():
                self.last_finished = max(self.last_finished, trial._trial_id)
                self.unfinished.discard(trial._trial_id)
            else:
                self.unfinished.add(trial._trial_id)

    def trials(self, states: Container[TrialState] | None) -> list[FrozenTrial]:
        """A new list of the trials in these states, by number."""
        if states is None:
            return list(self._trials)
        wanted = frozenset(s for s in TrialState if s in states)
        if wanted.isdisjoint(_ENDED):
            return sorted((t for t in self._open.values() if t.state in wanted), key=_number)
        if not wanted <= _ENDED:
            return [t for t in self._trials if t.state in wanted]
        found = self._by_states.get(wanted)
        if found is None:
            found = self._by_states[wanted] = [t for t in self._trials if t.state in wanted]
        return list(found)

    def waiting(self, trial_id: int) -> FrozenTrial | None:
        """The trial of that id that waits to be run."""
        if trial_id not in self.unfinished:
            return None
        return next((t for t in self._open.values() if t._trial_id == trial_id), None)

    def _append(self, trial: FrozenTrial) -> None:
        late = bool(self._trials) and trial.number < self._trials[-1].number
        self._trials.append(trial)
        if late:
            self._trials.sort(key=_number)
            self._places = {t.number: place for place, t in enumerate(self._trials)}
        else:
            self._places[trial.number] = len(self._trials) - 1

    def _learn(self, space: dict[str, BaseDistribution]) -> None:
        # Trials share their spaces: one look at each is enough.
        if id(space) not in self._spaces:
            self._spaces.add(id(space))
            for name, distribution in space.items():
                self.distributions.setdefault(name, distribution)


def _number(trial: FrozenTrial) -> int:
    return trial.number
