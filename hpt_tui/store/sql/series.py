"""One metric of one trial as it grows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from hpt_tui.domain.buffer import Buffer
from hpt_tui.domain.trial import Curve
from hpt_tui.domain.trials import Floats, Ints


class Series:
    """Values by step, steps ascending; of two values for one step the later one added holds."""

    def __init__(self) -> None:
        self._steps = Buffer(np.int64, 0)
        self._values = Buffer(np.float64, math.nan)
        self._curve: Curve | None = None

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def last(self) -> tuple[int, float] | None:
        """The largest step with its value."""
        at = len(self) - 1
        return None if at < 0 else (int(self._steps[at]), float(self._values[at]))

    @property
    def finite(self) -> bool:
        """Whether every value is."""
        return bool(np.isfinite(self._values.photo()).all())

    def add(self, steps: Sequence[int], values: Sequence[float]) -> None:
        """Add points, in any order."""
        if not steps:
            return
        self._add(np.array(steps, dtype=np.int64), np.array(values, dtype=np.float64))

    def add_all(self, other: Series) -> None:
        """Add the points of another one."""
        if len(other):
            self._add(other._steps.photo(), other._values.photo())

    def _add(self, along: Ints, up: Floats) -> None:
        last = self.last
        if (last is not None and along.min() <= last[0]) or (len(along) > 1 and (np.diff(along) <= 0).any()):
            self._merge(along, up)
            return
        places = np.arange(len(self), len(self) + len(along))
        self._steps.write_all(places, along)
        self._values.write_all(places, up)

    def curve(self, number: int, metric: str) -> Curve:
        """The very same curve as long as nothing has changed."""
        steps, values = self._steps.photo(), self._values.photo()
        known = self._curve
        if known is None or known.steps is not steps or known.values is not values or known.metric != metric:
            self._curve = known = Curve(number, metric, steps, values)
        return known

    def _merge(self, steps: Ints, values: Floats) -> None:
        along = np.concatenate([self._steps.photo(), steps])
        up = np.concatenate([self._values.photo(), values])
        # Of equal steps, unique takes the first of the reversed: the last one.
        found, at = np.unique(along[::-1], return_index=True)
        places = np.arange(len(found))
        self._steps.write_all(places, found)
        self._values.write_all(places, up[::-1][at])
