"""A learning rate range test as it crosses the process boundary: what is to be done, and what is told of it.

The process tells its :class:`~hpt_tui.domain.description.Description`, is given a :class:`RangeRequest`, and tells
of each :class:`Step` and of all that was :class:`Swept`; or that it is :class:`Refused`, at any time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from hpt_tui.domain.description import Description
from hpt_tui.domain.space import ParamValue


@dataclass(frozen=True, slots=True)
class RangeRequest:
    """What the process that imports the study file is to sweep."""

    params: Mapping[str, ParamValue]
    """What the study file's hook gets."""
    low: float
    high: float
    steps: int | None = None
    """None: about one epoch."""

    def to_json(self) -> str:
        """One line that :meth:`from_json` reads back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> RangeRequest:
        """Read what :meth:`to_json` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Step:
    """One step is done."""

    done: int
    of: int
    rate: float
    loss: float


@dataclass(frozen=True, slots=True)
class Swept:
    """What a range test measured, step by step."""

    rates: tuple[float, ...]
    """The learning rate of each step that was run, ascending."""
    losses: tuple[float, ...]
    """The loss of its batch before the step; the last one may be NaN or infinite."""
    steps: int
    """How many were planned: more where it diverged."""
    optimizer: str
    """The name of the optimizer's class."""
    batches: int | None
    """How many there are; None where they don't say."""


@dataclass(frozen=True, slots=True)
class Refused:
    """It cannot be done: the parts of an :class:`~hpt_tui.errors.InputError`."""

    subject: str
    problem: str
    remedy: str = ""
    hook: str = ""
    """The name of the function that the study file lacks, or whose answer is none."""


Told = Description | Step | Swept | Refused
_KINDS: Mapping[str, Callable[..., Told]] = {kind.__name__: kind for kind in (Description, Step, Swept, Refused)}


def told_line(told: Told) -> str:
    """One line that :func:`told_of` reads back."""
    return json.dumps([type(told).__name__, asdict(told)])


def told_of(line: str) -> Told:
    """What a line of :func:`told_line` tells.

    Raises:
        ValueError: it is something else.
    """
    try:
        name, fields = json.loads(line)
        return _KINDS[name](**fields)
    except (TypeError, KeyError, ValueError) as error:
        raise ValueError(f"not a line of a range test: {line[:80]!r}") from error
