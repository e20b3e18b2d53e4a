"""A grid that several workers go through without meeting."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.grid_points import Points, configurations
from hpt_tui.domain.space import ParamValue
from hpt_tui.store import keys
from hpt_tui.store.batching import expire
from hpt_tui.store.places import is_validation
from hpt_tui.store.translate import to_row


class GridSampler(BaseSampler):
    """Each configuration of ``points`` once, in an order that ``seed`` shuffles: the n-th trial that nobody gave
    its values takes the n-th. Optuna's own, where several workers finish a grid, gives some of it out twice, and
    does not come back to a configuration whose trial was interrupted.

    ``beforehand`` is a configuration that runs anyway (the baseline): it is left out where it is on the grid.
    """

    def __init__(self, points: Points, beforehand: Mapping[str, ParamValue], seed: int | None = None) -> None:
        self._points = {name: points[name] for name in sorted(points)}
        self._order: list[int] = [*range(configurations(points))]
        random.Random(seed or 0).shuffle(self._order)
        known = self._index(beforehand)
        if known is not None:
            self._order.remove(known)

    @property
    def size(self) -> int:
        """How many trials it takes, without the one beforehand."""
        return len(self._order)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        if keys.TRIAL_GRID not in trial.system_attrs and not _given(trial):
            index = self._next(study, trial)
            study._storage.set_trial_system_attr(trial._trial_id, keys.TRIAL_GRID, index)
            trial.system_attrs[keys.TRIAL_GRID] = index

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return {}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:  # noqa: ANN401  as in its parent
        if param_name not in self._points:
            raise ValueError(f"{param_name} is not on the grid: its StudySpec does not declare it")
        index = trial.system_attrs.get(keys.TRIAL_GRID)
        # Whoever enqueued a trial may have left some values open.
        place = self._places(index)[param_name] if isinstance(index, int) else 0
        value = self._points[param_name][place]
        if isinstance(param_distribution, CategoricalDistribution) and value not in param_distribution.choices:
            # A list, say, which stands on the grid as its JSON.
            return param_distribution.choices[place]
        return value

    def after_trial(
        self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        pass

    def _next(self, study: Study, trial: FrozenTrial) -> int:
        """The configuration of a trial that needs one."""
        # A trial of a lower number that was not seen would be given the same one.
        expire(study._storage)
        trials = study._storage.get_all_trials(study._study_id, deepcopy=False)
        earlier = [t for t in trials if t.number < trial.number]
        before = sum(not _given(t) for t in earlier)
        if before < len(self._order):
            return self._order[before]
        done = {self._taken(t) for t in earlier if not _broken_off(t)}
        missing: list[int] = [index for index in self._order if index not in done]
        # Beyond the last one there is nothing left but what was.
        return missing[0] if missing else self._order[trial.number % len(self._order)]

    def _taken(self, trial: FrozenTrial) -> object:
        return self._index(trial.params) if _given(trial) else trial.system_attrs.get(keys.TRIAL_GRID)

    def _places(self, index: int) -> dict[str, int]:
        found = {}
        for name, values in self._points.items():
            index, found[name] = divmod(index, len(values))
        return found

    def _index(self, configuration: Mapping[str, ParamValue]) -> int | None:
        """The number of a configuration; None where it is not on the grid."""
        index, width = 0, 1
        for name, values in self._points.items():
            if name not in configuration or configuration[name] not in values:
                return None
            index += width * values.index(configuration[name])
            width *= len(values)
        return index


def _given(trial: FrozenTrial) -> bool:
    """Whether somebody enqueued it, with values of its own, or it repeats another one."""
    return "fixed_params" in trial.system_attrs or is_validation(trial.user_attrs)


def _broken_off(trial: FrozenTrial) -> bool:
    """Whether it ended without counting as one of the study's."""
    return trial.state.is_finished() and not to_row(trial).counted
