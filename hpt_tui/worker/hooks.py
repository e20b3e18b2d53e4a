"""Steering inside Optuna's own calls, so that an unchanged objective can be steered.

The hooks sit on the class ``Trial``; nothing is stored on a trial or a study, so both still pickle. They act
on the running trial alone and never read the storage for orders: the poller has done that.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import Trial

from hpt_tui.domain.redeclare import drawn_for
from hpt_tui.domain.space import ParamValue, Range
from hpt_tui.search.bounds import under_bound
from hpt_tui.store.places import is_validation
from hpt_tui.store.translate import to_distribution, to_range
from hpt_tui.worker.signals import Interrupted
from hpt_tui.worker.station import RunningTrial, Station

_suggest0 = Trial._suggest
_check0 = Trial._check_distribution
_report0 = Trial.report
_should_prune0 = Trial.should_prune
_set_user_attr0 = Trial.set_user_attr

_station: Station | None = None


@contextmanager
def installed(station: Station) -> Iterator[None]:
    """Steer every trial of this process by ``station``."""
    global _station
    _station = station
    for name, hook in _HOOKS.items():
        setattr(Trial, name, hook)
    try:
        yield
    finally:
        for name, original in _ORIGINALS.items():
            setattr(Trial, name, original)
        _station = None


def redeclared(name: str, distribution: BaseDistribution, declared: Range | None) -> BaseDistribution:
    """What stands in the place of the code's ``distribution`` once a fork has ``declared`` the parameter anew.

    Raises:
        ValueError: the code could not take such values.
    """
    if declared is None:
        return distribution
    if (drawn := drawn_for(to_range(distribution), declared)) is None:
        raise ValueError(f"{name}: this study declares it as {declared}, but the code asks for {distribution}")
    return to_distribution(drawn)


def distributed() -> bool:
    """Whether torch.distributed is in use here: one rank alone must not leave the others in a collective."""
    module = sys.modules.get("torch.distributed")
    is_initialized = getattr(module, "is_initialized", None)
    return callable(is_initialized) and bool(is_initialized())


def _steered(trial: Trial) -> tuple[Station, RunningTrial] | None:
    station = _station
    running = station.running if station is not None else None
    if station is None or running is None or not running.is_(trial):
        return None
    return station, running


def _suggest(self: Trial, name: str, distribution: BaseDistribution) -> object:
    if (steered := _steered(self)) is None:
        return _suggest0(self, name, distribution)
    station, running = steered
    declared = redeclared(name, distribution, running.redeclared.get(name))
    bounded = under_bound(declared, running.bounds.get(name))
    if name in running.fixed:
        _fix(self, name, running.fixed[name], bounded)
    retold = False

    def suggest() -> object:
        nonlocal retold
        if retold:
            # The write may have got through though its answer was lost: what is stored is what the trial trains.
            self._cached_frozen_trial = self.storage.get_trial(self._trial_id)
        retold = True
        return _suggest0(self, name, bounded)

    with station.gate:
        return station.patiently(suggest, f"suggesting {name}")


def _fix(trial: Trial, name: str, value: ParamValue, distribution: BaseDistribution) -> None:
    """Let ``trial`` get this value by Optuna's own way for given ones, so that what is stored is an ordinary
    parameter. What the trial came with goes before, and a value that its code cannot have is left out."""
    if name in trial._fixed_params or not fitting(distribution, value):
        return
    trial._fixed_params = {**trial._fixed_params, name: value}


def fitting(distribution: BaseDistribution, value: ParamValue) -> bool:
    """Whether ``distribution`` holds ``value``."""
    try:
        return bool(distribution._contains(distribution.to_internal_repr(value)))
    except ValueError:
        return False


def _check_distribution(self: Trial, name: str, distribution: BaseDistribution) -> None:
    if (steered := _steered(self)) is None:
        return _check0(self, name, distribution)
    running = steered[1]
    if is_validation(self._cached_frozen_trial.user_attrs):
        # Its values, and their ranges, are another trial's, whatever has been moved since.
        return None
    declared = redeclared(name, distribution, running.redeclared.get(name))
    return _check0(self, name, under_bound(declared, running.bounds.get(name)))


def _report(self: Trial, value: float, step: int) -> None:
    if (steered := _steered(self)) is None:
        return _report0(self, value, step)
    station, running = steered
    if step in running.inherited:
        _begin_again(self, running, int(step))
    with station.gate:
        station.patiently(lambda: _report0(self, value, step), "report")
    running.reported(int(step), time.monotonic())
    station.hold_while_paused()
    _obey_the_end(station)
    if station.kill_order() is None or distributed():
        return None
    if running.warned:
        running.obeyed = True
        raise optuna.TrialPruned
    running.warned = True
    return None


def _begin_again(trial: Trial, running: RunningTrial, step: int) -> None:
    """The objective of a retry did not go on where the lost trial was: from ``step`` on, its own reports count."""
    for over in [s for s in running.inherited if s >= step]:
        trial._cached_frozen_trial.intermediate_values.pop(over, None)
    running.inherited = frozenset(s for s in running.inherited if s < step)


def _should_prune(self: Trial) -> bool:
    if (steered := _steered(self)) is None:
        return _should_prune0(self)
    station, running = steered
    station.hold_while_paused()
    _obey_the_end(station)
    if station.kill_order() is not None:
        running.warned, running.obeyed = False, True
        return True
    if running.whole:
        return False
    with station.gate:
        return station.patiently(lambda: _should_prune0(self), "should_prune")


def _set_user_attr(self: Trial, key: str, value: object) -> None:
    if (steered := _steered(self)) is None:
        return _set_user_attr0(self, key, value)
    station, _ = steered
    with station.gate:
        return station.patiently(lambda: _set_user_attr0(self, key, value), "set_user_attr")


def _obey_the_end(station: Station) -> None:
    due = station.dismissal() or station.ended_outside()
    if due is not None and threading.current_thread() is threading.main_thread():
        raise Interrupted(station.cause() or due)


_HOOKS: dict[str, Callable[..., object]] = {
    "_suggest": _suggest,
    "_check_distribution": _check_distribution,
    "report": _report,
    "should_prune": _should_prune,
    "set_user_attr": _set_user_attr,
}
_ORIGINALS: dict[str, Callable[..., object]] = {
    "_suggest": _suggest0,
    "_check_distribution": _check0,
    "report": _report0,
    "should_prune": _should_prune0,
    "set_user_attr": _set_user_attr0,
}
