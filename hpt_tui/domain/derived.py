"""Results that hold from photo to photo, as long as what they were made from has not changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Result = TypeVar("Result")
Array = TypeVar("Array", bound=NDArray[Any])
_Reasons: TypeAlias = tuple[tuple[object, ...], tuple[object, ...]]


class Derived:
    """The newest result under each name, and what it was made from. All photos of a study share one; whichever
    thread asks, an answer is never that of other inputs."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[_Reasons, object]] = {}

    def derive(
        self,
        name: str,
        inputs: tuple[object, ...],
        make: Callable[[], Result],
        settings: tuple[object, ...] = (),
    ) -> Result:
        """``make()``, kept as long as the objects in ``inputs`` are the very same and ``settings`` are equal."""
        return self.evolve(name, inputs, lambda _: make(), settings)

    def evolve(
        self,
        name: str,
        inputs: tuple[object, ...],
        make: Callable[[Result | None], Result],
        settings: tuple[object, ...] = (),
    ) -> Result:
        """The same, but ``make`` is given the result that stood under this name: it may save work, or be returned
        again so that what was derived from it holds, too. It may be that of an older photo or of a newer one."""
        found = self._kept.get(name)
        if found is None:
            made = make(None)
        else:
            reasons, former = found
            if len(reasons[0]) == len(inputs) and all(map(_same, reasons[0], inputs)) and reasons[1] == settings:
                return former  # type: ignore[return-value]
            made = make(former)  # type: ignore[arg-type]
        self._kept[name] = ((inputs, settings), made)
        return made

    def settle(self, name: str, inputs: tuple[object, ...], make: Callable[[], Array]) -> Array:
        """An array that stays the very same as long as it is equal, though its inputs may have changed."""

        def settled(former: Array | None) -> Array:
            made = make()
            return former if former is not None and np.array_equal(former, made) else made

        return self.evolve(name, inputs, settled)


def _same(one: object, other: object) -> bool:
    return one is other
