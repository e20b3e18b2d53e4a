"""The curves of one log: bounded, and over epochs where the log counts in batches but says its epochs."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping

from hpt_tui.store.points import Points

MAX_POINTS = 2048
"""Of one metric; a longer one is thinned. A terminal of 200 columns shows 400 of them."""
MAX_METRICS = 256
MAX_NAME = 1024
MAX_EPOCHS = 100_000


class LogSeries:
    """Metric -> step -> value, as one log file has told it so far.

    Which x a metric gets: Lightning logs by the number of the batch, while a trial reports to Optuna by the epoch.
    So a metric that the log holds once an epoch stands over the epochs, if the log says what epoch each step
    belongs to; every other metric stands over the log's own steps.
    """

    def __init__(self) -> None:
        self._values: Points = {}
        self._last_step: dict[int, int] = {}
        """Epoch -> the last step that was logged in it."""
        self._fractions = False
        self.full = False
        """Whether some metrics were left out because there are too many."""

    def add(self, metric: str, step: int, value: float) -> None:
        """The newest value wins where a step is logged twice."""
        steps = self._values.get(metric)
        if steps is None:
            if len(self._values) >= MAX_METRICS or len(metric) > MAX_NAME:
                self.full = True
                return
            steps = self._values[metric] = {}
        steps[step] = value
        if len(steps) > MAX_POINTS:
            self._values[metric] = thinned(steps)

    def place(self, step: int, epoch: float) -> None:
        """Say that ``step`` belongs to ``epoch``; a fraction of an epoch makes all of them useless as an x."""
        whole = whole_number(epoch)
        if whole is None:
            self._fractions = True
        elif whole in self._last_step:
            self._last_step[whole] = max(step, self._last_step[whole])
        elif len(self._last_step) < MAX_EPOCHS:
            self._last_step[whole] = step

    def holds(self, step: int, metrics: Iterable[str]) -> bool:
        """Whether one of ``metrics`` has a value at ``step`` already."""
        return any(step in self._values.get(metric, ()) for metric in metrics)

    def merge_epochs(self) -> None:
        """From now on the steps are the epochs themselves; of what an epoch has had so far the last counts."""
        epochs = sorted(self._last_step)
        ends = [self._last_step[epoch] for epoch in epochs]
        if epochs:
            for metric, steps in self._values.items():
                self._values[metric] = _by_epoch({s: steps[s] for s in sorted(steps)}, epochs, ends)
        self._last_step = {}

    @property
    def size(self) -> int:
        """How many points there are."""
        return sum(len(steps) for steps in self._values.values())

    def points(self) -> Points:
        epochs = sorted(self._last_step)
        ends = [self._last_step[epoch] for epoch in epochs]
        if self._fractions or not epochs or ends != sorted(set(ends)):
            return {metric: dict(steps) for metric, steps in self._values.items()}
        return {metric: _over_epochs(steps, epochs, ends) for metric, steps in self._values.items()}


def _over_epochs(steps: Mapping[int, float], epochs: list[int], ends: list[int]) -> dict[int, float]:
    """The same values by epoch, if no epoch has two of them; ``ends`` are the epochs' last steps, ascending."""
    if len(steps) > len(epochs) + 1:
        return dict(steps)
    found = _by_epoch(steps, epochs, ends)
    return found if len(found) == len(steps) else dict(steps)


def _by_epoch(steps: Mapping[int, float], epochs: list[int], ends: list[int]) -> dict[int, float]:
    found: dict[int, float] = {}
    for step, value in steps.items():
        index = bisect.bisect_left(ends, step)
        found[epochs[index] if index < len(epochs) else epochs[-1] + 1] = value
    return found


def thinned(steps: Mapping[int, float]) -> dict[int, float]:
    """At most about half of the points: of each four neighbours the lowest and the highest, so that spikes stay.

    What is not a number stays too: it is what a diverging curve is looked at for.
    """
    order = sorted(steps)
    kept: list[int] = []
    for start in range(0, len(order), 4):
        group = order[start : start + 4]
        kept += sorted(_extremes(group, steps))
    return {step: steps[step] for step in kept}


def _extremes(group: Iterable[int], steps: Mapping[int, float]) -> set[int]:
    numbers = [s for s in group if steps[s] == steps[s]]
    odd = [s for s in group if steps[s] != steps[s]][:1]
    return (
        {*odd, min(numbers, key=steps.__getitem__), max(numbers, key=steps.__getitem__)} if numbers else set(odd)
    )


def whole_number(value: float) -> int | None:
    """``value`` if it is a whole number of at most 2**53; else None."""
    return int(value) if abs(value) <= 2**53 and value.is_integer() else None
