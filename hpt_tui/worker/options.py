"""What a worker is told on its command line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What ``hpt-tui worker`` was told."""

    target: str
    """``FILE.py`` or ``FILE.py:objective``."""
    storage: str
    """A storage URL or a path."""
    study: str = ""
    """The study's name; empty: the one that the file declares, else the file's."""
    slot: int = 0
    device: str = "cpu"
    """For people: ``cpu``, ``gpu0``."""
    create: bool = False
    """Make the storage and the study where they are missing."""
    validating: bool = False
    """Take nothing but runs of the final validation, and end when none waits."""
