"""The trials as they are read: columns that grow and change, and photos of them that don't."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hpt_tui.domain.buffer import Buffer
from hpt_tui.domain.space import Choices, ParamValue, Range
from hpt_tui.domain.trial import TrialRow, Validates
from hpt_tui.domain.trials import CODES, Mark, ParamColumn, TrialColumns, Trials


@dataclass(slots=True, eq=False)
class Drawn:
    """One parameter's buffers. Ranges are told apart by what they say, not by 1 == True."""

    values: Buffer[np.float64] = field(default_factory=lambda: Buffer(np.float64, math.nan))
    drawn: Buffer[np.int32] = field(default_factory=lambda: Buffer(np.int32, -1))
    ranges: list[Range] = field(default_factory=list)
    known: list[bool] = field(default_factory=list)
    _codes: dict[str, int] = field(default_factory=dict)
    _photo: ParamColumn | None = None

    def code(self, range_: Range, *, known: bool = True) -> int:
        """The place of ``range_`` among the ranges; a new one is added."""
        key = f"{range_!r}{known}"
        if key not in self._codes:
            self._codes[key] = len(self.ranges)
            self.ranges.append(range_)
            self.known.append(known)
        return self._codes[key]

    def put(self, place: int, value: ParamValue, range_: Range | None) -> None:
        stand_in = range_ is None or not _fits(value, range_)
        range_ = Choices((value,)) if stand_in or range_ is None else range_
        self.values.write(place, _option(value, range_) if isinstance(range_, Choices) else float(value or 0))
        self.drawn.write(place, self.code(range_, known=not stand_in))

    def photo(self) -> ParamColumn:
        values, drawn = self.values.photo(), self.drawn.photo()
        before = self._photo
        if before is None or before.values is not values or before.drawn is not drawn:
            self._photo = before = ParamColumn(values, drawn, tuple(self.ranges), tuple(self.known))
        return before


def _option(value: ParamValue, range_: Choices) -> int:
    return next(i for i, option in enumerate(range_.options) if _is_option(value, option))


def _is_option(value: ParamValue, option: ParamValue) -> bool:
    return type(value) is type(option) and (value == option or value != value)


def _fits(value: ParamValue, range_: Range) -> bool:
    if isinstance(range_, Choices):
        return any(_is_option(value, option) for option in range_.options)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class TrialLedger:
    """The trials as they are read, trial by trial or column by column; :meth:`photo` shows them.

    The buffers are open to bulk readers, which write the same places in all of them and then call
    :meth:`photo`; places go by ascending number.
    """

    def __init__(self, objectives: int = 1) -> None:
        self.numbers = Buffer(np.int64, -1)
        self.states = Buffer(np.int8, 0)
        self.values = Buffer(np.float64, math.nan, width=objectives)
        self.started = Buffer(np.float64, math.nan)
        self.ended = Buffer(np.float64, math.nan)
        self.steps = Buffer(np.int64, 0)
        self.last_steps = Buffer(np.int64, -1)
        self.last_values = Buffer(np.float64, math.nan)
        self.marks = Buffer(np.uint8, 0)
        self.workers = Buffer(np.int32, 0)
        self.params: dict[str, Drawn] = {}
        self._objectives = objectives
        self._worker_ids: dict[str, int] = {"": 0}
        self._reasons: dict[int, str] = {}
        self._reasons_seen = False
        """Whether a photo holds the dictionary."""
        self._validates: dict[int, Validates] = {}
        """Never changed, only replaced: photos hold it."""
        self._photo: Trials | None = None

    def __len__(self) -> int:
        return len(self.numbers)

    def place(self, number: int) -> int | None:
        """Where the trial of that number is; None if there is none."""
        length = len(self)
        if number < length and self.numbers[number] == number:
            return number
        at = self._sorted_place(number)
        return at if at < length and self.numbers[at] == number else None

    def put(self, row: TrialRow) -> None:
        """Add a trial, or set all that is known of one."""
        place = self.place(row.number)
        if place is None:
            place = self._make_place(row.number)
        self.numbers.write(place, row.number)
        self.states.write(place, CODES[row.state])
        self.values.write(place, _padded(row.values, self._objectives))
        self.started.write(place, math.nan if row.started is None else row.started)
        self.ended.write(place, math.nan if row.ended is None else row.ended)
        self.steps.write(place, row.steps)
        self.last_steps.write(place, -1 if row.last_step is None else row.last_step)
        self.last_values.write(place, math.nan if row.last_value is None else row.last_value)
        self.marks.write(place, int(_marks(row)))
        self.workers.write(place, self.worker_code(row.worker))
        self.give_reason(row.number, row.reason)
        if row.validates is not None:
            self.give_validates({row.number: row.validates})
        self._put_params(place, row.params, row.ranges)

    def mark(self, number: int, mark: Mark, *, on: bool) -> None:
        """Set or clear a mark of one trial, if it is there."""
        if (place := self.place(number)) is not None:
            rest = int(self.marks[place]) & ~int(mark)
            self.marks.write(place, rest | (int(mark) if on else 0))

    def param(self, name: str) -> Drawn:
        """The buffers of a parameter; new ones if no trial has had it so far."""
        found = self.params.get(name)
        if found is None:
            found = self.params[name] = Drawn()
        return found

    def worker_code(self, worker: str) -> int:
        """The place of a worker's id among the ids; a new one is added."""
        return self._worker_ids.setdefault(worker, len(self._worker_ids))

    def give_reason(self, number: int, reason: str) -> None:
        """Why a trial ended as it did; empty for no reason."""
        if self._reasons.get(number, "") != reason:
            self.give_reasons({number: reason})

    def give_reasons(self, reasons: Mapping[int, str]) -> None:
        """The same for many, by number."""
        if self._reasons_seen:
            self._reasons, self._reasons_seen = dict(self._reasons), False
        self._reasons.update(reasons)

    def give_validates(self, found: Mapping[int, Validates]) -> None:
        """Which trials, by number, are runs of the final validation; others stay what they are."""
        if any(self._validates.get(number) != one for number, one in found.items()):
            self._validates = {**self._validates, **found}

    def photo(self) -> Trials:
        """The trials as they are now; the very photo of before if nothing has changed."""
        length = len(self)
        for buffer in self._buffers():
            buffer.reach(length)
        c = TrialColumns(
            numbers=self.numbers.photo(),
            states=self.states.photo(),
            values=self.values.photo(),
            started=self.started.photo(),
            ended=self.ended.photo(),
            steps=self.steps.photo(),
            last_steps=self.last_steps.photo(),
            last_values=self.last_values.photo(),
            marks=self.marks.photo(),
            workers=self.workers.photo(),
            worker_ids=tuple(self._worker_ids),
            reasons=self._reasons,
            params=self._photo_params(),
            validates=self._validates,
        )
        self._reasons_seen = True
        if self._photo is None or not _alike(self._photo.columns, c):
            self._photo = Trials(c, self._photo)
        return self._photo

    def _photo_params(self) -> Mapping[str, ParamColumn]:
        """The very same mapping as long as no parameter has changed."""
        params = {name: drawn.photo() for name, drawn in self.params.items()}
        before = self._photo.columns.params if self._photo is not None else {}
        same = len(before) == len(params) and all(column is before.get(name) for name, column in params.items())
        return before if same else params

    def _sorted_place(self, number: int) -> int:
        return int(np.searchsorted(self.numbers.photo(), number))

    def _make_place(self, number: int) -> int:
        length = len(self)
        if length == 0 or number > self.numbers[length - 1]:
            return length
        place = self._sorted_place(number)
        for buffer in self._buffers():
            buffer.reach(length)
            buffer.insert(place)
        return place

    def _buffers(self) -> Iterator[Buffer[Any]]:
        yield from (self.numbers, self.states, self.values, self.started, self.ended)
        yield from (self.steps, self.last_steps, self.last_values, self.marks, self.workers)
        for drawn in self.params.values():
            yield from (drawn.values, drawn.drawn)

    def _put_params(self, place: int, params: Mapping[str, ParamValue], ranges: Mapping[str, Range]) -> None:
        for name, value in params.items():
            self.param(name).put(place, value, ranges.get(name))
        for name in self.params.keys() - params.keys():
            drawn = self.params[name]
            if place < len(drawn.drawn):
                drawn.drawn.write(place, -1)
                drawn.values.write(place, math.nan)


def trials_of(rows: Iterable[TrialRow]) -> Trials:
    """Trials from rows, in whichever order they come."""
    ordered = sorted(rows, key=lambda row: row.number)
    ledger = TrialLedger(max((len(row.values) for row in ordered), default=1) or 1)
    for row in ordered:
        ledger.put(row)
    return ledger.photo()


def _marks(row: TrialRow) -> Mark:
    said = {
        Mark.BASELINE: row.baseline,
        Mark.BY_HAND: row.by_hand,
        Mark.NON_FINITE: row.non_finite,
        Mark.VALUED: bool(row.values),
        Mark.REPORTED: row.last_value is not None,
        Mark.NOTED: row.noted,
        Mark.STARRED: row.starred,
        Mark.INFEASIBLE: row.infeasible,
    }
    found = Mark(0)
    for mark, true in said.items():
        found |= mark if true else Mark(0)
    return found


def _padded(values: tuple[float, ...], width: int) -> list[float]:
    return [*values[:width], *[math.nan] * (width - len(values))]


def _alike(one: TrialColumns, other: TrialColumns) -> bool:
    names = ("numbers", "states", "values", "started", "ended", "steps", "last_steps", "last_values", "marks")
    return all(getattr(one, name) is getattr(other, name) for name in (*names, *_KEPT))


_KEPT = ("workers", "reasons", "params", "validates")
