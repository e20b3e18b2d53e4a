"""A study's past as if it had been drawn from the space that is in force now.

Optuna's samplers model together only parameters whose range was the same in every trial: one moved bound, and
GP, CMA-ES and NSGA-II draw at random for good, while QMC and TPE's groups never leave the old range. They are
shown trials that carry the ranges in force instead. Nothing is written, and no storage is wrapped.

Runs of the final validation are not shown: fifteen values of five points would crowd TPE's best tenth, and
stand in CMA-ES's and NSGA-II's populations as what they never drew.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from optuna.distributions import BaseDistribution
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.space import Bound
from hpt_tui.search.bounds import under_bound
from hpt_tui.store.places import is_validation

_OLD_COORDINATES = ("cma:", "sepcma:", "cmawm:", "x_for_tell")
"""System attributes of a CMA-ES that worked in the coordinates of the range its trial was drawn from."""


class SeenTrial(FrozenTrial):
    """A finished trial with other ranges, and without what a sampler kept in it in the coordinates of the old
    ones. Its intermediate values are read when they are looked at, as the trial's itself."""

    __slots__ = ("_trial",)

    _trial: FrozenTrial

    def __init__(self, trial: FrozenTrial, distributions: dict[str, BaseDistribution]) -> None:
        self._trial = trial
        self.__dict__.update(trial.__dict__)
        self._distributions = distributions
        kept = trial.system_attrs.items()
        self._system_attrs = {k: v for k, v in kept if not k.startswith(_OLD_COORDINATES)}

    def __getattr__(self, name: str) -> dict[int, float]:
        if name != "intermediate_values":
            raise AttributeError(name)
        return self._trial.intermediate_values

    # Trials are compared by the numbers that they have in their study.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, FrozenTrial) and other._trial_id == self._trial_id

    __hash__ = FrozenTrial.__hash__


class History:
    """The past under ``bounds``. With ``redeclare``, trials that lie within them carry the ranges in force; else
    they stay as they are. Those that lie outside, or off the grid of a step, are left out: what is out of bounds
    is no longer to be found, and must not draw the search to the edge."""

    def __init__(self, bounds: Mapping[str, Bound], *, redeclare: bool = True) -> None:
        self._bounds, self._redeclare = dict(bounds), redeclare
        self._seen: dict[int, FrozenTrial | None] = {}
        """By the trial's id: what a finished trial looks like from here."""
        self._met = 0
        """How many trials have been looked through for runs of the final validation."""
        self._validated = False
        """Whether there are any."""
        self._moved: dict[tuple[str, BaseDistribution], BaseDistribution] = {}

    def of(self, study: Study) -> Study:
        """``study``, or the bracket of it that Hyperband shows, with this past."""
        return cast("Study", _StudyView(study, self)) if self._bounds or self._validated else study

    def meet(self, trials: Sequence[FrozenTrial]) -> None:
        """Get to know what has come to all ``trials`` of the study since the last call."""
        if not self._validated:
            self._validated = any(is_validation(trial.user_attrs) for trial in trials[self._met :])
            self._met = len(trials)

    def trials(self, trials: list[FrozenTrial]) -> list[FrozenTrial]:
        """What is seen of ``trials``."""
        return [seen for trial in trials if (seen := self._look(trial)) is not None]

    def _look(self, trial: FrozenTrial) -> FrozenTrial | None:
        if not trial.state.is_finished():
            return self._judged(trial)
        trial_id = trial._trial_id
        if trial_id not in self._seen:
            self._seen[trial_id] = self._judged(trial)
        return self._seen[trial_id]

    def _judged(self, trial: FrozenTrial) -> FrozenTrial | None:
        if is_validation(trial.user_attrs):
            return None
        changed: dict[str, BaseDistribution] = {}
        for name, bound in self._bounds.items():
            old = trial.distributions.get(name)
            if old is None:
                continue
            new = self._in_force(name, old, bound)
            if not new._contains(new.to_internal_repr(trial.params[name])):
                return None
            if new != old:
                changed[name] = new
        return SeenTrial(trial, {**trial.distributions, **changed}) if changed and self._redeclare else trial

    def _in_force(self, name: str, old: BaseDistribution, bound: Bound) -> BaseDistribution:
        # One object for all trials: comparing it with itself is cheap.
        key = name, old
        if key not in self._moved:
            self._moved[key] = under_bound(old, bound)
        return self._moved[key]


class _StudyView:
    """Everything of a study but its trials."""

    def __init__(self, study: Study, history: History) -> None:
        self._viewed, self._history = study, history

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever the study has
            return getattr(self._viewed, name)

    def _get_trials(
        self,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
        use_cache: bool = False,
    ) -> list[FrozenTrial]:
        return self._history.trials(self._viewed._get_trials(deepcopy, states, use_cache))

    def get_trials(self, deepcopy: bool = True, states: Container[TrialState] | None = None) -> list[FrozenTrial]:
        return self._history.trials(self._viewed.get_trials(deepcopy, states))

    @property
    def trials(self) -> list[FrozenTrial]:
        return self.get_trials()
