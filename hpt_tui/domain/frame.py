"""What goes up to a window once a tick, and the door through which orders come down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.judging import STANDARD, Limits
from hpt_tui.domain.logs import LogPage, LogRequest
from hpt_tui.domain.machine import NO_MACHINE, Machine
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, StudySnapshot
from hpt_tui.domain.vigil import NO_VIGIL, Vigil
from hpt_tui.domain.worker import WorkerView


@dataclass(frozen=True, slots=True)
class Notice:
    """What came of an order, or of a worker: shown once, for a few seconds. Its text is hostile."""

    text: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """What this session may do to the study."""

    steering: bool = False
    """Whether orders are carried out; False: only watching, until the user confirms :class:`TakeControl`."""
    steering_problem: str = ""
    """Why the study can't be steered from here at all (a read-only file, a study without hpt-tui workers …)."""
    workers_problem: str = ""
    """Why no worker can be started from here; empty if one can."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Everything a window shows, at one moment. Compared by identity."""

    study: StudySnapshot = EMPTY_SNAPSHOT
    flags: tuple[Flag, ...] = ()
    """Worst first, without the muted ones; the same ones keep their order from frame to frame."""
    vigil: Vigil = NO_VIGIL
    """What became of the flags so far: since when, gone, muted."""
    workers: tuple[WorkerView, ...] = ()
    """By slot, those of this machine first."""
    wanted: int = 0
    """How many workers this machine is to have."""
    access: Access = Access()
    notices: tuple[Notice, ...] = ()
    now: float = 0.0
    """Epoch seconds of this frame: the only clock that a window knows."""
    limits: Limits = STANDARD
    """What the study is judged by."""
    log: LogPage | None = None
    """The log that somebody reads."""
    machine: Machine = NO_MACHINE
    """The machine that this session runs on."""
    opened: bool = False
    """Whether the study has been read at all; False only before the first answer of the storage."""
    stale_since: float | None = None
    """When the storage last answered, if it does not answer now."""
    trouble: str = ""
    """What the storage said when it last did not answer, and what is being tried."""
    more: bool = False
    """Whether the next tick has more to tell though nothing changes: a study that is still being read."""
    finished: bool = False
    """Whether nothing runs and nothing more will: the budget is used up, or the study is stopped."""


EMPTY_FRAME = Frame()


class Cockpit(Protocol):
    """The hall, as a window sees it. All are called from one and the same thread, unless
    they say otherwise."""

    def tick(self) -> Frame:
        """Carry out the orders so far, read the study, and say how things stand. Never raises for a storage
        that went away: the frame then says so. Raises InputError if the study cannot be opened at all."""
        ...

    def look_at(self, trials: frozenset[int]) -> None:
        """Have the curves of these trials, by number, in every frame from the next tick on, as far as they have
        any. Safe from any thread."""
        ...

    def read_log(self, request: LogRequest | None) -> None:
        """Have that log in every frame from the next tick on; None: none. Safe from any thread."""
        ...

    def submit(self, order: Order) -> None:
        """Queue an order for the start of the next tick. Safe from any thread."""
        ...

    def close(self, *, stop_workers: bool) -> None:
        """Let go of the storage; the workers of this machine go on, or end at once."""
        ...
