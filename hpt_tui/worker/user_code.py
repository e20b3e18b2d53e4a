"""Running what the user wrote."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Returned(Generic[Value]):
    value: Value


@dataclass(frozen=True, slots=True)
class Raised:
    error: Exception | SystemExit


Result: TypeAlias = Returned[Value] | Raised


def attempt(call: Callable[[], Value]) -> Result[Value]:
    """Call the user's code; whatever it raises is a result. Only an interruption of ours passes through.

    ``sys.exit()`` counts as an error of the code: it must not end a worker that holds a trial.
    """
    try:
        return Returned(call())
    except (Exception, SystemExit) as error:  # noqa: BLE001  the user's code may raise anything, and the worker lives on
        return Raised(error)
