"""The records of Optuna's journals: one JSON object an operation, whoever wrote it."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from optuna.distributions import BaseDistribution, json_to_distribution
from optuna.exceptions import StorageInternalError
from optuna.storages.journal import BaseJournalBackend
from optuna.study import StudyDirection
from optuna.trial import TrialState

Record = dict[str, Any]
_Check = Callable[[Any], bool]
_MOST = 2**62


class JournalReplacedError(StorageInternalError):
    """The journal that was being read is no more: another one has taken its place, or its beginning is gone."""


class CountedJournal(BaseJournalBackend):
    """A journal that says how far it has been read, so that nobody looks through all trials for nothing."""

    @property
    @abstractmethod
    def records(self) -> int:
        """How many records have been read so far."""


def parse_record(text: str | bytes) -> Record | None:
    """A record with all that Optuna takes for granted in it; None for anything else."""
    try:
        record = json.loads(text)
        checks = _CHECKS[record["op_code"]]
        whole = isinstance(record["worker_id"], str) and all(check(record[name]) for name, check in checks.items())
        return record if whole and _agrees(record) else None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError):
        return None


def _agrees(record: Record) -> bool:
    """Whether the fields of a record fit together, and those that may be missing are sound."""
    match record["op_code"]:
        case 4:
            return _is_template(record)
        case 5:
            return _is_drawn(record["distribution"], record["param_value_internal"])
        case 6:
            state = TrialState(record["state"])
            name = "datetime_start" if state is TrialState.RUNNING else "datetime_complete"
            return state is TrialState.WAITING or _is_moment(record[name])
    return True


def _is_template(record: Record) -> bool:
    """Whether a trial can be made of it: one that was enqueued or copied comes with much of what it is."""
    drawn, values = record.get("distributions", {}), (record.get("value"), record.get("values"))
    return (
        TrialState(record.get("state", TrialState.RUNNING)) in TrialState
        and (record["datetime_start"] is None or _is_moment(record["datetime_start"]))
        and ("datetime_complete" not in record or _is_moment(record["datetime_complete"]))
        and all(map(_distribution, drawn.values()))
        and all(_is_drawn(drawn[name], value) for name, value in record.get("params", {}).items())
        and all(isinstance(record.get(name, {}), dict) for name in ("user_attrs", "system_attrs"))
        and None in values
        and (values[0] is None or _is_number(values[0]))
        and _are_values(values[1])
        and all(_is_whole(int(s)) and _is_number(v) for s, v in record.get("intermediate_values", {}).items())
    )


# What a field must be. A check may also raise instead of saying no.


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(value: object) -> bool:
    return type(value) is int and -_MOST < value < _MOST


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isinstance(float(value), float)


def _is_moment(value: str) -> bool:
    return isinstance(datetime.fromisoformat(value), datetime)


def _is_attribute(value: object) -> bool:
    return isinstance(value, dict) and len(value) == 1


def _are_directions(value: list[int]) -> bool:
    return bool(value) and all(StudyDirection(direction) in StudyDirection for direction in value)


def _are_values(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(map(_is_number, value)))


def _is_drawn(distribution: str, value: float) -> bool:
    _distribution(distribution).to_external_repr(value)
    return _is_number(value)


_distribution: Callable[[str], BaseDistribution] = lru_cache(maxsize=4096)(json_to_distribution)
"""Each distinct distribution is parsed once."""

_CHECKS: Mapping[int, Mapping[str, _Check]] = dict(
    enumerate(
        (
            {"study_name": _is_text, "directions": _are_directions},
            {"study_id": _is_whole},
            {"study_id": _is_whole, "user_attr": _is_attribute},
            {"study_id": _is_whole, "system_attr": _is_attribute},
            {"study_id": _is_whole, "datetime_start": lambda value: True},
            {"trial_id": _is_whole, "param_name": _is_text},
            {"trial_id": _is_whole, "values": _are_values},
            {"trial_id": _is_whole, "step": _is_whole, "intermediate_value": _is_number},
            {"trial_id": _is_whole, "user_attr": _is_attribute},
            {"trial_id": _is_whole, "system_attr": _is_attribute},
            {},
        )
    )
)
"""By ``op_code`` (Optuna's ``JournalOperation``), what a record must hold."""
