"""A sampler that follows the bounds which steering puts in force, and a seed by the trials' numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.space import Bound
from hpt_tui.search.bounds import under_bound
from hpt_tui.search.history import History
from hpt_tui.search.seeds import reseed
from hpt_tui.store.places import is_validation

Bounds = Mapping[str, Bound]
Past = Sequence[FrozenTrial]
"""The complete trials as they are seen under the bounds in force."""


class SteeredSampler(BaseSampler):
    """One of Optuna's samplers, shown the past under the bounds of the trial that it samples for.

    ``make`` gives a fresh sampler: at first of an empty past, and at every change of the bounds, so that nothing
    it has kept of the old space misleads it, of what is seen of the past then. ``bounds`` gives the bounds in
    force, and ``fixed`` the names of the parameters that are fixed, which must stay the same throughout a trial.
    TPE is not asked for those: where the past has one value of a parameter, its joint model stops trying other
    choices of all others. A run of the final validation is not sampled for, and not
    learnt from: it has all its values. With a ``seed``, see :mod:`hpt_tui.search.seeds`.
    ``redeclare`` as in :class:`~hpt_tui.search.history.History`. For use by one thread.
    """

    def __init__(
        self,
        make: Callable[[Past], BaseSampler],
        bounds: Callable[[], Bounds],
        seed: int | None = None,
        *,
        redeclare: bool = True,
        fixed: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._fixed = fixed
        self._make, self._bounds, self._seed, self._redeclare = make, bounds, seed, redeclare
        self._history = History({})
        self._now: Bounds = {}
        self._known: dict[str, tuple[float, float]] = {}
        self.base = make(())
        """The sampler that draws now."""

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        self._follow(study)
        if is_validation(trial.user_attrs):
            return
        if self._seed is not None:
            reseed(self.base, self._seed, trial.number)
        self.base.before_trial(self._history.of(study), trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        if is_validation(trial.user_attrs):
            return {}
        space = self.base.infer_relative_search_space(self._history.of(study), trial)
        if isinstance(self.base, TPESampler):
            fixed = self._fixed()
            space = {name: d for name, d in space.items() if name not in fixed}
        # Without redeclaring, what was drawn from another range is drawn by itself, from the one in force.
        return {name: d for name, d in space.items() if under_bound(d, self._now.get(name)) == d}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        if is_validation(trial.user_attrs):
            return {}
        return self.base.sample_relative(self._history.of(study), trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:  # noqa: ANN401  as in its parent
        return self.base.sample_independent(self._history.of(study), trial, param_name, param_distribution)

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        if not is_validation(trial.user_attrs):
            self.base.after_trial(study, trial, state, values)

    def reseed_rng(self) -> None:
        self.base.reseed_rng()

    def _follow(self, study: Study) -> None:
        now = self._now = self._bounds()
        known = {name: (bound.low, bound.high) for name, bound in now.items()}
        if known == self._known:
            self._history.meet(study._get_trials(deepcopy=False, use_cache=True))
            return
        self._known, self._history = known, History(now, redeclare=self._redeclare)
        self._history.meet(study.get_trials(deepcopy=False))
        past = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        self.base = self._make(self._history.trials(past))
