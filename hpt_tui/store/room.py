"""What is said of one more trial: whether there is room for it in the study."""

from __future__ import annotations

from enum import Enum, auto


class Room(Enum):
    """Whether one more trial may be taken."""

    FREE = auto()
    TAKEN = auto()
    """Not now: its place is held by a trial that runs (and is free again if that one is interrupted), or the study
    is paused or being stopped."""
    USED_UP = auto()
    """All the finished trials that there are to be are there, or all the steps are run."""
    PHASE_OVER = auto()
    """All of the plan's phase are, and another one comes after it (:mod:`hpt_tui.store.phase_book`)."""


class NoRoomError(Exception):
    """The trial was not taken."""

    def __init__(self, room: Room) -> None:
        super().__init__(room.name)
        self.room = room
