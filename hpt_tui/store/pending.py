"""What a running trial has been given and the database has not."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from optuna.distributions import BaseDistribution, distribution_to_json
from optuna.trial import FrozenTrial

LONGEST_KEY, LONGEST_TEXT = 512, 60_000
"""Characters of a name and of a JSON text that every database is sure to take: MySQL's TEXT holds 65,535 bytes."""

LARGEST_STEP = 2**31 - 1


@dataclass(slots=True)
class Pending:
    """Rows that wait for the next transaction, the newest word for each key."""

    params: dict[str, tuple[float, str]] = field(default_factory=dict)
    """Parameter -> its value in Optuna's internal representation, and the JSON of its distribution."""
    steps: dict[int, float] = field(default_factory=dict)
    user: dict[str, str] = field(default_factory=dict)
    """Attribute -> its JSON."""
    system: dict[str, str] = field(default_factory=dict)
    logged: list[tuple[int, str]] = field(default_factory=list)
    """Step and JSON of what ``hpt_tui.log`` was given."""
    doubtful: int = 0
    """How many of these, the first ones, were in a write that failed: they may have got through all the same."""

    def __bool__(self) -> bool:
        return bool(self.params or self.steps or self.user or self.system or self.logged)

    def before(self, newer: Pending) -> Pending:
        """These rows, of which a write failed, with the ``newer`` ones over them."""
        return Pending(
            self.params | newer.params,
            self.steps | newer.steps,
            self.user | newer.user,
            self.system | newer.system,
            self.logged + newer.logged,
            len(self.logged),
        )


@dataclass(slots=True)
class OwnTrial:
    """A trial that runs in this process. ``trial`` is its latest state, ahead of the database by ``pending``."""

    study_id: int
    trial: FrozenTrial
    written: float
    """When its rows were last written, on the monotonic clock."""
    pending: Pending = field(default_factory=Pending)
    changed: bool = True
    """Whether ``trial`` has changed since it was last shown."""
    leaving: bool = False
    """Whether nothing may wait any more."""

    def snapshot(self) -> FrozenTrial:
        """The trial as it is now; it does not change with the trial."""
        trial = self.trial
        return FrozenTrial(
            number=trial.number,
            state=trial.state,
            value=None,
            values=None,
            datetime_start=trial.datetime_start,
            datetime_complete=None,
            params=dict(trial.params),
            distributions=dict(trial.distributions),
            user_attrs=dict(trial.user_attrs),
            system_attrs=dict(trial.system_attrs),
            intermediate_values=dict(trial.intermediate_values),
            trial_id=trial._trial_id,
        )

    def add_param(self, name: str, value: float, distribution: BaseDistribution) -> None:
        self.pending.params[name] = value, distribution_to_json(distribution)
        self.trial.params[name] = distribution.to_external_repr(value)
        self.trial.distributions[name] = distribution
        self.changed = True

    def add_step(self, step: int, value: float) -> None:
        self.pending.steps[step] = self.trial.intermediate_values[step] = value
        self.changed = True

    def add_attribute(self, key: str, value: object, *, system: bool) -> None:
        attributes = self.trial.system_attrs if system else self.trial.user_attrs
        rows = self.pending.system if system else self.pending.user
        rows[key] = json.dumps(value)
        attributes[key] = json.loads(rows[key])
        self.changed = True


def fits(key: str, text: str) -> bool:
    """Whether every database is sure to take this name with this JSON, so that it may wait in a batch: there is
    nobody left to tell when a row of a batch is refused."""
    return len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and len(text) <= LONGEST_TEXT
