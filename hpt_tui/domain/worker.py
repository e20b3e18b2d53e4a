"""A worker process as the screen sees it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

STORAGE_AWAY = 75
"""The exit code of a worker that ended because its storage stayed away (EX_TEMPFAIL): worth another try."""


class WorkerState(StrEnum):
    STARTING = "starting"
    TRAINING = "training"
    WAITING = "waiting"
    """Alive, between trials: the budget is taken up by other workers' trials."""
    PAUSED = "paused"
    LEAVING = "leaving"
    """Ends after its trial."""
    LOST = "lost"
    """Its process is gone, or its lease ran out."""


@dataclass(frozen=True, slots=True)
class Lease:
    """What a worker writes of itself into the study: who it is and that it lives. Times are epoch seconds."""

    worker: str
    """Its id, unique in the study, e.g. ``gpubox-4123-1a2b``."""
    host: str
    boot: str
    """The machine's boot id: a process id means nothing after a reboot."""
    pid: int
    started: float
    """When the process was created, to tell it from a later one of the same pid: seconds since the boot."""
    slot: int
    device: str
    """``cpu``, or the GPU's name for people, e.g. ``gpu0``."""
    state: WorkerState
    beat: float
    """Its last sign of life."""
    trial: int | None = None
    pace: float | None = None
    """Seconds per step over the last few steps of its trial; None before the second one."""
    seen: float = 0.0
    """The stamp of the newest order that it has taken up."""
    together: bool = False
    """Whether it trains with other processes, so that it may not be interrupted alone (torch.distributed)."""
    alone: bool = False
    """Whether its trial has, or waits for, the device to itself."""


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker, ready to be shown."""

    worker: str
    slot: int
    host: str
    pid: int
    device: str
    state: WorkerState
    trial: int | None = None
    step: int | None = None
    """The last step that its trial reported."""
    pace: float | None = None
    """Seconds per step."""
    silent: float | None = None
    """Seconds since its last sign of life."""
    here: bool = True
    """Whether it runs on this machine."""
    obeys: bool = True
    """Whether it has taken up the newest order."""
    note: str = ""
    """How it ended, or why it is not running; hostile text (the end of its stderr)."""


def living(views: tuple[WorkerView, ...]) -> bool:
    """Whether any worker lives, on whatever machine."""
    return any(view.state is not WorkerState.LOST for view in views)
