"""All trials of a study as columns: one array a quantity, one place a trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from typing import TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain.derived import Derived
from hpt_tui.domain.rows import Rows as Rows
from hpt_tui.domain.space import Choices, IntRange, ParamValue, Range
from hpt_tui.domain.trial import TrialRow, TrialState, Validates

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Places: TypeAlias = NDArray[np.intp]
Mask: TypeAlias = NDArray[np.bool_]
Result = TypeVar("Result")

STATES = tuple(TrialState)
"""A state's code is its place in here."""
CODES: Mapping[TrialState, int] = {state: code for code, state in enumerate(STATES)}
RUNNING, COMPLETE = CODES[TrialState.RUNNING], CODES[TrialState.COMPLETE]


class Mark(IntFlag):
    """What is true of a trial or not; the bits of its mark."""

    BASELINE = 1
    BY_HAND = 2
    NON_FINITE = 4
    VALUED = 8
    """It has objective values."""
    REPORTED = 16
    """It has a last intermediate value."""
    NOTED = 32
    """Somebody wrote a note to it."""
    INFEASIBLE = 64
    """It violates one of its constraints."""
    STARRED = 128
    """Somebody gave it a star."""


@dataclass(frozen=True, slots=True, eq=False)
class ParamColumn:
    """One parameter of all trials, n of them."""

    values: Floats
    """(n,) numbers; of a choice its place among the options; NaN where a trial does not have the parameter."""
    drawn: NDArray[np.int32]
    """(n,) the place in ``ranges`` of the range that it was drawn from; -1 where a trial does not have it."""
    ranges: tuple[Range, ...]
    known: tuple[bool, ...]
    """Beside ``ranges``: False for a stand-in where nobody knows what a value was drawn from."""

    def value(self, place: int) -> ParamValue:
        """The value of a trial that has the parameter."""
        range_, number = self.ranges[self.drawn[place]], self.values[place]
        if isinstance(range_, Choices):
            return range_.options[int(number)]
        return int(number) if isinstance(range_, IntRange) else float(number)

    @property
    def has(self) -> Mask:
        mask: Mask = self.drawn >= 0
        return mask

    @property
    def numeric(self) -> Floats:
        """(n,) the value where it is a number (no choice, not even among numbers); NaN elsewhere."""
        if not any(isinstance(r, Choices) for r in self.ranges):
            return self.values
        return np.where(self._chosen[self.drawn], np.nan, self.values)

    def numbers(self, places: Places | None = None) -> Floats:
        """The values of the trials at ``places``, or of all, that are numbers, choices among numbers, too; NaN
        elsewhere."""
        values, drawn = (self.values, self.drawn) if places is None else (self.values[places], self.drawn[places])
        if not any(isinstance(r, Choices) for r in self.ranges):
            return values
        options = [r.options if isinstance(r, Choices) else () for r in self.ranges]
        first = np.cumsum([0, *map(len, options)])
        told = np.array([_number(option) for many in options for option in many])
        chosen = self._chosen[drawn] & (drawn >= 0)
        found = values.copy()
        found[chosen] = told[first[drawn[chosen]] + values[chosen].astype(np.intp)]
        return found

    @property
    def _chosen(self) -> Mask:
        """By range, whether it is a choice; the last one is that of trials without the parameter."""
        return np.array([*(isinstance(r, Choices) for r in self.ranges), True])


@dataclass(frozen=True, slots=True, eq=False)
class TrialColumns:
    """The arrays behind :class:`Trials`, all of them read-only and of the same length n, by ascending number."""

    numbers: Ints
    states: NDArray[np.int8]
    values: Floats
    """(n, objectives); NaN without the mark VALUED."""
    started: Floats
    """Epoch seconds, NaN where unknown; so is ``ended``."""
    ended: Floats
    steps: Ints
    last_steps: Ints
    """-1 without any."""
    last_values: Floats
    marks: NDArray[np.uint8]
    workers: NDArray[np.int32]
    """Places in ``worker_ids``."""
    worker_ids: tuple[str, ...]
    reasons: Mapping[int, str]
    """By number, where there is one."""
    params: Mapping[str, ParamColumn]
    validates: Mapping[int, Validates] = field(default_factory=dict)
    """By number, the runs of the final validation: no trials of the search."""


class Trials(Sequence[TrialRow]):
    """The trials of a study, by ascending number. Immutable; a row is made when it is asked for.

    Whoever looks at all of them uses ``columns``: a row costs microseconds, and a study may have 100,000.
    """

    def __init__(self, columns: TrialColumns, before: Trials | None = None) -> None:
        """``before``: an earlier photo of the same study, whose derived results hold where nothing changed."""
        self.columns = columns
        self.derived: Derived = before.derived if before is not None else Derived()

    def __len__(self) -> int:
        return len(self.columns.numbers)

    @overload
    def __getitem__(self, at: int) -> TrialRow: ...
    @overload
    def __getitem__(self, at: slice) -> Rows: ...
    def __getitem__(self, at: int | slice) -> TrialRow | Rows:
        if isinstance(at, slice):
            return Rows(self, np.arange(len(self))[at])
        return self.row(range(len(self))[at])

    def __iter__(self) -> Iterator[TrialRow]:
        return (self.row(place) for place in range(len(self)))

    def __repr__(self) -> str:
        return f"<{len(self)} trials>"

    def place(self, number: int) -> int | None:
        """Where the trial of that number is; None if there is none."""
        numbers = self.columns.numbers
        if 0 <= number < len(numbers) and numbers[number] == number:
            return number
        at = int(np.searchsorted(numbers, number))
        return at if at < len(numbers) and numbers[at] == number else None

    def get(self, number: int) -> TrialRow | None:
        """The trial of that number."""
        place = self.place(number)
        return None if place is None else self.row(place)

    def row(self, place: int) -> TrialRow:
        c = self.columns
        number, marks = int(c.numbers[place]), Mark(int(c.marks[place]))
        having = {name: p for name, p in c.params.items() if p.drawn[place] >= 0}
        return TrialRow(
            number=number,
            state=STATES[c.states[place]],
            values=tuple(c.values[place].tolist()) if Mark.VALUED in marks else (),
            params={name: p.value(place) for name, p in having.items()},
            ranges={n: p.ranges[p.drawn[place]] for n, p in having.items() if p.known[p.drawn[place]]},
            started=_known(c.started[place]),
            ended=_known(c.ended[place]),
            steps=int(c.steps[place]),
            last_step=None if c.last_steps[place] < 0 else int(c.last_steps[place]),
            last_value=float(c.last_values[place]) if Mark.REPORTED in marks else None,
            non_finite=Mark.NON_FINITE in marks,
            baseline=Mark.BASELINE in marks,
            reason=c.reasons.get(number, ""),
            by_hand=Mark.BY_HAND in marks,
            worker=c.worker_ids[c.workers[place]],
            noted=Mark.NOTED in marks,
            starred=Mark.STARRED in marks,
            infeasible=Mark.INFEASIBLE in marks,
            validates=c.validates.get(number),
        )

    def select(self, chosen: Mask | Places) -> Rows:
        """The trials of a mask (n,), or at the given places in their order."""
        return Rows(self, np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.intp))

    # What most rules ask of the columns

    def derive(
        self,
        name: str,
        inputs: tuple[object, ...],
        make: Callable[[], Result],
        settings: tuple[object, ...] = (),
    ) -> Result:
        """``make()``, kept as long as the objects in ``inputs`` are the very same, also in later photos, and
        ``settings`` are equal."""
        return self.derived.derive(name, inputs, make, settings)

    def marked(self, mark: Mark) -> Mask:
        mask: Mask = (self.columns.marks & int(mark)) != 0
        return mask

    def in_state(self, state: TrialState) -> Mask:
        mask: Mask = self.columns.states == CODES[state]
        return mask

    @property
    def finished(self) -> Mask:
        ends = [state for state in STATES if state.finished]
        return self.derive(
            "finished", (self.columns.states,), lambda: np.logical_or.reduce([*map(self.in_state, ends)])
        )

    @property
    def counted(self) -> Mask:
        """Who uses up one of the study's budget: see :attr:`TrialRow.counted`."""
        cut = self.in_state(TrialState.FAILED) & self.marked(Mark.BY_HAND)
        return self.finished & ~cut & ~self.validating

    @property
    def used(self) -> int:
        """How many they are: counted."""
        c = self.columns
        inputs = (c.states, c.marks, c.validates)
        return self.derive("used", inputs, lambda: int(np.count_nonzero(self.counted)))

    @property
    def validating(self) -> Mask:
        """The runs of the final validation (G28), in whatever state: they repeat what the search has found, and
        no rule of the search looks at them."""
        c = self.columns
        return self.derived.settle(
            "validating", (c.numbers, c.validates), lambda: np.isin(c.numbers, [*c.validates])
        )

    @property
    def counts(self) -> Mapping[TrialState, int]:
        return self.derive(
            "counts",
            (self.columns.states,),
            lambda: {state: int(np.count_nonzero(self.in_state(state))) for state in STATES},
        )

    @property
    def complete(self) -> Mask:
        """Complete trials of the search that have a value; the very same array as long as they are the same."""
        c, validating = self.columns, self.validating

        def found() -> Mask:
            return self.in_state(TrialState.COMPLETE) & self.marked(Mark.VALUED) & ~validating

        return self.derived.settle("complete", (c.states, c.marks, validating), found)

    @property
    def candidates(self) -> Mask:
        """The complete trials that violate no constraint: one of them is the best, as Optuna has it, too, unless a
        run of the final validation was luckier. The very same array as long as they are the same."""
        c, complete = self.columns, self.complete
        return self.derived.settle(
            "candidates", (complete, c.marks), lambda: complete & ~self.marked(Mark.INFEASIBLE)
        )


def _number(value: ParamValue) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else np.nan


def _known(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
