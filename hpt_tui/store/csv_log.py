"""CSV logs: Lightning's ``metrics.csv``, and any other with a column of steps or epochs."""

from __future__ import annotations

import csv
from collections.abc import Collection

from hpt_tui.store.growing_file import CHUNK
from hpt_tui.store.log_series import LogSeries, whole_number

_STEP_COLUMNS = ("step", "global_step", "steps")
_EPOCH_COLUMN = "epoch"


class CsvLog:
    """A table whose first line names its columns; a row may leave cells empty, as Lightning's do.

    A row's x is its step, and its epoch says where the step belongs (see :class:`LogSeries`). Without a column of
    steps, and where the steps start over in every epoch, it is the epoch, and the last row of an epoch counts.
    """

    def __init__(self) -> None:
        self.series = LogSeries()
        self.problem = ""
        self.foreign = False
        self._columns: list[tuple[int, str]] | None = None
        self._width = 0
        self._step: int | None = None
        self._epoch: int | None = None
        self._newest: tuple[int, int] | None = None
        """The last row's epoch, and the highest step so far."""
        self._starts_over = False

    def take(self, data: bytes, left: int) -> int:
        end = data.rfind(b"\n") + 1
        if not end:
            if len(data) >= CHUNK:
                self.problem = f"is no CSV log: a line of more than {CHUNK // 1024} KiB"
            return 0
        for line in data[:end].decode("utf-8", "replace").split("\n"):
            self._line(line)
        return end

    def _line(self, line: str) -> None:
        try:
            cells = next(csv.reader([line]), [])
        except csv.Error:
            return
        if not cells or self.problem:
            return
        if self._columns is None:
            self._head(cells)
        elif len(cells) == self._width:
            self._row(cells, self._columns)

    def _head(self, cells: list[str]) -> None:
        names = [cell.strip().lstrip("\ufeff") for cell in cells]
        places = {name.lower(): index for index, name in reversed(list(enumerate(names)))}
        self._step = next((places[name] for name in _STEP_COLUMNS if name in places), None)
        self._epoch = places.get(_EPOCH_COLUMN)
        self._width = len(cells)
        self._columns = [(i, name) for i, name in enumerate(names) if name and i not in (self._step, self._epoch)]
        if self._step is None and self._epoch is None:
            self.foreign, self.problem = True, "has neither a step nor an epoch column"

    def _row(self, cells: list[str], columns: list[tuple[int, str]]) -> None:
        values = {name: value for index, name in columns if (value := _number(cells[index])) is not None}
        x = self._place(_whole(cells, self._step), _cell(cells, self._epoch), values)
        if x is not None:
            for metric, value in values.items():
                self.series.add(metric, x, value)

    def _place(self, step: int | None, epoch: float | None, values: Collection[str]) -> int | None:
        """The row's x."""
        whole = None if epoch is None else whole_number(epoch)
        if step is not None and epoch is not None and not self._starts_over:
            self._watch_steps(step, whole, values)
        if self._step is None or self._starts_over:
            return whole
        if step is not None and epoch is not None:
            self.series.place(step, epoch)
        return step

    def _watch_steps(self, step: int, epoch: int | None, values: Collection[str]) -> None:
        """Find out whether the steps count the batches of one epoch: then a later epoch goes back, or stays."""
        if epoch is None:
            return
        before, highest = self._newest or (epoch, step)
        if epoch > before and (step < highest or self.series.holds(step, values)):
            self._starts_over = True
            self.series.merge_epochs()
        self._newest = (epoch, max(step, highest))


def _cell(cells: list[str], index: int | None) -> float | None:
    return None if index is None else _number(cells[index])


def _whole(cells: list[str], index: int | None) -> int | None:
    value = _cell(cells, index)
    return None if value is None else whole_number(value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
