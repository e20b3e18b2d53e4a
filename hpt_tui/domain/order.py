"""Orders: what a person, or a flag's fix, tells the running search to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class ChangeBound:
    """Put new bounds in force for the next trial of every worker; None leaves that side as it is."""

    parameter: str
    low: float | None = None
    high: float | None = None
    reason: str = ""
    """The id of the flag that proposed it; empty if the user thought of it."""


@dataclass(frozen=True, slots=True)
class StopStudy:
    """No further trials; the running ones finish, or end at once as failed (interrupted)."""

    at_once: bool = False
    reason: str = ""
    """The id of the flag that asked for it; empty if the user did."""


@dataclass(frozen=True, slots=True)
class PauseStudy:
    """Running trials hold at their next report, keeping their memory; no new ones start."""


@dataclass(frozen=True, slots=True)
class ResumeStudy:
    """Take back a pause or a stop."""


@dataclass(frozen=True, slots=True)
class PruneTrial:
    """End one running trial as pruned: the sampler keeps what it showed, the worker takes the next one."""

    number: int


@dataclass(frozen=True, slots=True)
class WantWorkers:
    """Have so many workers on one machine: the session that keeps them there starts the missing ones, and the
    newest of those too many end after their trial."""

    host: str
    count: int
    """0..1024."""


@dataclass(frozen=True, slots=True)
class AddWorker:
    """Start one more worker process on this machine."""


@dataclass(frozen=True, slots=True)
class RemoveWorker:
    """Let one worker end after its trial; empty: the newest one that is not already leaving."""

    worker: str = ""


@dataclass(frozen=True, slots=True)
class TakeControl:
    """The user confirmed that a study which was only watched may be steered from here."""


WrittenOrder: TypeAlias = (
    ChangeBound | StopStudy | PauseStudy | ResumeStudy | PruneTrial | WantWorkers | TakeControl
)
"""Carried out by writing it into the study, from wherever that can be written."""

Order: TypeAlias = WrittenOrder | AddWorker | RemoveWorker
