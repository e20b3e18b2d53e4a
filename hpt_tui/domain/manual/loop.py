"""A study that is searched by hand: which parameter, from where, in how many runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hpt_tui.domain.event import Event
from hpt_tui.domain.space import ParamValue


@dataclass(frozen=True, slots=True)
class ManualLoop:
    """One guided loop, kept in the study: it survives whoever began it.

    While it is ``on``, workers run what was enqueued and nothing else: no sampler draws a trial, no pruner ends
    one, and no budget ends the loop.
    """

    parameter: str
    """The one that is changed from run to run."""
    start: float
    """Its first value."""
    base: Mapping[str, ParamValue] = field(default_factory=dict)
    """What all the other parameters are in every run; one that is missing is drawn once, in the first run."""
    most: int = 5
    """How many runs there are to be at most."""
    on: bool = True
    at: float = 0.0
    """When it was begun, epoch seconds; it is told from others by that."""
    first: int | None = None
    """The trial of the default configuration, where that is the first run."""
    runs: Mapping[int, float] = field(default_factory=dict)
    """Its trials by ascending number, the first one among them: the value that each was asked to run with."""


def manual_ended(loop: ManualLoop, now: float) -> Event:
    """What is recorded when the search goes on by itself, at ``now`` (epoch seconds)."""
    return Event(now, "", "end-manual", loop.parameter, "", f"after {len(loop.runs)} runs")
