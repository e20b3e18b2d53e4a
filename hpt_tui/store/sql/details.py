"""A few trials in full, by their ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from hpt_tui.domain.space import Choices, IntRange, ParamValue, Range
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.domain.trials import STATES
from hpt_tui.store import keys
from hpt_tui.store.distribution_json import range_from_json
from hpt_tui.store.sql.database import Database, by_trial, marks, portions
from hpt_tui.store.sql.heads import Head
from hpt_tui.store.sql.sane import document, number, whole
from hpt_tui.store.sql.trial_clock import TrialClock

"""How a trial ends whom a person, not a pruner or an exception, ended."""
TOLD = (keys.TRIAL_WORKER, keys.TRIAL_END, keys.TRIAL_BASELINE, keys.TRIAL_VALIDATES)
"""The user attributes of a trial that its row shows."""

_VALUES = "SELECT trial_id, objective, value, value_type FROM trial_values WHERE trial_id IN "
_PARAMS = "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params WHERE trial_id IN "
_TOLD = (
    f"SELECT u.trial_id, u.key, u.value_json FROM trial_user_attributes u WHERE u.key IN {marks(TOLD)} "
    "AND u.trial_id IN {0} UNION ALL SELECT s.trial_id, s.key, s.value_json "
    "FROM trial_system_attributes s WHERE s.key LIKE ? AND s.trial_id IN {0}"
)
CONSTRAINTS = "constraints%"
"""Optuna keeps a trial's constraints as a list under ``constraints``, or each under ``constraints:NAME``."""

parsed_range: Callable[[object], Range | None] = lru_cache(maxsize=4096)(range_from_json)
"""Each distinct distribution is parsed once."""


@dataclass(frozen=True, slots=True)
class Reports:
    """What a trial has reported, in short."""

    steps: int = 0
    last_step: int | None = None
    last_value: float | None = None
    non_finite: bool = False


@dataclass(slots=True)
class Details:
    """All that stands in other tables about one trial, but for what it reported."""

    values: dict[int, float] = field(default_factory=dict)
    """By objective."""
    params: dict[str, ParamValue] = field(default_factory=dict)
    ranges: dict[str, Range] = field(default_factory=dict)
    told: dict[str, object] = field(default_factory=dict)
    """Its user attributes, those of :data:`TOLD`, and its constraints."""


def read_details(db: Database, ids: Sequence[int]) -> Mapping[int, Details]:
    """The details of the trials ``ids``."""
    found = {trial_id: Details() for trial_id in ids}
    for some in portions(ids):
        for trial_id, (objective, value, kind) in by_trial(db.fetch(_VALUES + marks(some), some)):
            at, measured = whole(objective), number(value, kind)
            if at is not None and measured is not None:
                found[trial_id].values[at] = measured
        for trial_id, (name, value, distribution) in by_trial(db.fetch(_PARAMS + marks(some), some)):
            if isinstance(name, str):
                _take_param(found[trial_id], name, value, parsed_range(distribution))
        told = db.fetch(_TOLD.format(marks(some)), (*TOLD, *some, CONSTRAINTS, *some))
        for trial_id, (key, text) in by_trial(told):
            found[trial_id].told[str(key)] = document(text)
    return found


def to_row(head: Head, details: Details, reports: Reports, clock: TrialClock) -> TrialRow:
    """A trial as everybody above the storage sees it, but for what people say of it."""
    numbers = np.array([head.number] * 2)
    started, ended = clock.epochs(np.array([head.started, head.ended]), numbers).tolist()
    state = STATES[head.state]
    how, text = ending(details.told.get(keys.TRIAL_END), state)
    worker = details.told.get(keys.TRIAL_WORKER)
    return TrialRow(
        number=head.number,
        state=state,
        values=tuple(details.values[at] for at in sorted(details.values)),
        params=details.params,
        ranges=details.ranges,
        started=started if started == started else None,
        ended=ended if ended == ended else None,
        steps=reports.steps,
        last_step=reports.last_step,
        last_value=reports.last_value,
        non_finite=reports.non_finite,
        baseline=details.told.get(keys.TRIAL_BASELINE) is True,
        reason=text,
        by_hand=how in keys.BY_HAND,
        worker=worker if isinstance(worker, str) else "",
        infeasible=any(violates(key, value) for key, value in details.told.items()),
        validates=keys.decode_validates(details.told.get(keys.TRIAL_VALIDATES)),
    )


def ending(end: object, state: TrialState) -> tuple[str, str]:
    """How a trial ended, and what there is to say of it."""
    # Who marks a trial as lost cannot do it in one act with failing it: its worker may tell it in between.
    lost = isinstance(end, dict) and end.get("how") in keys.BURIED and state is not TrialState.FAILED
    if isinstance(end, dict) and not lost:
        return str(end.get("how", "")), str(end.get("text", ""))
    return "", ""


def violates(key: str, value: object) -> bool:
    """Whether an attribute of a trial is a constraint, or several, that it violates: a number above 0."""
    if key != "constraints" and not key.startswith("constraints:"):
        return False
    values = value if isinstance(value, list) else [value]
    return any(found > 0 for v in values if (found := number(v)) is not None)


def is_plain_value(range_: Range | None, value: float) -> bool:
    """Whether the number that stands for a parameter is one that its range can have drawn."""
    if range_ is None or not np.isfinite(value):
        return False
    return not isinstance(range_, Choices) or (value.is_integer() and 0 <= value < len(range_.options))


def _take_param(details: Details, name: str, value: object, range_: Range | None) -> None:
    stored = number(value)
    if stored is None:
        return
    if range_ is None or not is_plain_value(range_, stored):
        details.params[name] = stored
        return
    details.ranges[name] = range_
    if isinstance(range_, Choices):
        details.params[name] = range_.options[int(stored)]
    else:
        details.params[name] = int(stored) if isinstance(range_, IntRange) else stored
