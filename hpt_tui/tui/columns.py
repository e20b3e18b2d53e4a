"""The columns of the trials table: which there are, which are shown, and how wide they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from textual.cache import LRUCache

from hpt_tui.domain import figures
from hpt_tui.domain.quantities import NOTED, NUMBER, PARAM, STARTED, STATE, STEPS, TIME, VALUE, WORKER
from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, StudySnapshot
from hpt_tui.domain.space import Choices
from hpt_tui.domain.trials import STATES, Places
from hpt_tui.tui.cells import cell, source, widest
from hpt_tui.tui.names import parameters
from hpt_tui.tui.text import clip, fit

TITLE = 8
"""Cells that a column's title has at least; what is spare goes to the longer ones, from the left."""
LONGEST_TITLE = 24
FEW = 64
"""So many texts are written out to see how long they are; of more, only the ones that may be the longest."""
KEPT = 1024
"""Trials whose texts are kept."""
_NUMBER = re.compile(r"(-?\d[\d\u2009]*)((?:\.\d+)?(?:e-?\d+)?)")


@dataclass(slots=True)
class Column:
    """One column: how wide its numbers are before and after the decimal point. It grows and never shrinks."""

    key: str
    title: str
    before: int = 0
    after: int = 0
    words: int = 0
    room: int = LONGEST_TITLE
    """Cells that the title may have; more if the cells are wider."""
    least: int = TITLE
    left: bool = False
    """Whether texts stand at the left, as words do."""
    seen: tuple[object, ...] = ()
    """The arrays whose texts it has room for."""

    def grow(self, text: str) -> None:
        """Make room for ``text``."""
        if (parts := _NUMBER.fullmatch(text)) is not None and not self.left:
            self.before, self.after = max(self.before, len(parts[1])), max(self.after, len(parts[2]))
        else:
            self.words = max(self.words, cell_len(text))

    @property
    def width(self) -> int:
        return max(self._content, cell_len(self.head))

    @property
    def _content(self) -> int:
        return max(self.before + self.after, self.words)

    @property
    def head(self) -> str:
        return clip(self.title, max(self.room, self._content))

    def cell(self, text: str, width: int | None = None) -> str:
        """``text`` in the column's width, or in that ``width``; the decimal points of a column stand above each
        other."""
        width = self.width if width is None else width
        if not self.left and (parts := _NUMBER.fullmatch(text)) is not None:
            text += " " * (self.after - len(parts[2]))
        if text.isascii() and text.isprintable() and len(text) <= width:
            return text.ljust(width) if self.left else text.rjust(width)
        return fit(text, width, right=not self.left)

    def heading(self, sign: str = "") -> str:
        """The title over the cells, the sort sign in the gap beside it."""
        return fit(self.head + sign, self.width + (1 if sign else 0), right=not self.left)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which columns are shown, in which order. The number always is, in front."""

    order: tuple[str, ...] = ()
    """Keys; columns that are missing in here come after, in the order of their own."""
    hidden: frozenset[str] = frozenset((WORKER, STARTED, NOTED))

    def sort(self, columns: Sequence[Column]) -> list[Column]:
        """All of ``columns`` in order, the hidden ones among them."""
        place = {key: at for at, key in enumerate(self.order)}
        return sorted(columns, key=lambda c: -1 if c.key == NUMBER else place.get(c.key, len(place)))

    def shows(self, key: str) -> bool:
        return key == NUMBER or key not in self.hidden


@dataclass(slots=True)
class Columns:
    """The columns of a study, wide enough for every trial, and the texts of those that were asked for."""

    every: list[Column] = field(default_factory=list)
    """In the order of their own."""
    shown: list[Column] = field(default_factory=list)
    arrangement: Arrangement = Arrangement()
    _texts: LRUCache[tuple[int, int, int], tuple[str, ...]] = field(default_factory=lambda: LRUCache(KEPT))
    _study: StudySnapshot | None = None
    _shape: tuple[object, ...] = ()

    def fit(self, study: StudySnapshot, now: float = 0.0) -> None:
        """Take up ``study``: its columns, and room for every text in them; of running trials as of ``now``."""
        names = tuple(n for n in parameters(study) if _known(study, n))
        shape = (names, study.metric, study.steps, _reports(study), study.directions)
        if shape != self._shape:
            self._shape = shape
            former = {(c.key, c.title, c.left): c for c in self.every}
            self.every = [former.get((c.key, c.title, c.left), c) for c in _columns(study, names)]
            for column in self.every:
                column.seen = ()
            self.arrange(self.arrangement)
        if self._study is None or self._study.trials is not study.trials:
            self._texts.clear()
        self._study = study
        for column in self.shown:
            self._make_room(column, study, now)

    def arrange(self, arrangement: Arrangement) -> None:
        """Show other columns, or the same in another order."""
        self.arrangement = arrangement
        self.shown = [c for c in arrangement.sort(self.every) if arrangement.shows(c.key)]
        self._texts.clear()

    def squeeze(self, width: int) -> None:
        """Give what ``width`` has to spare, beyond the columns that go into it, to their titles."""
        for column in self.shown:
            column.room = column.least
        spare, seen = width, []
        for column in self.shown:
            if column.width + 2 > spare:
                break
            spare -= column.width + 2
            seen.append(column)
        for column in seen:
            least = column.width
            column.room = min(LONGEST_TITLE, least + spare)
            spare -= column.width - least

    def texts(self, place: int, now: float, view: slice) -> tuple[str, ...]:
        """The cells of the trial at ``place``, not yet aligned: its number, and those of the columns in ``view``.
        The duration of a running one is that of ``now``."""
        study = self._study or EMPTY_SNAPSHOT
        key = (place, view.start, view.stop)
        if (kept := self._texts.get(key)) is not None:
            return kept
        columns = (*self.shown[:1], *self.shown[view])
        texts = tuple(cell(study, place, column.key, now) for column in columns)
        if STATES[study.trials.columns.states[place]].finished:
            self._texts[key] = texts
        return texts

    def _make_room(self, column: Column, study: StudySnapshot, now: float) -> None:
        arrays = source(study, column.key)
        places = _changed(column.seen, arrays)
        column.seen = arrays
        if column.key == TIME:
            places = np.append(places, study.running.places)
        if len(places) > FEW:
            places = widest(study, column.key, places, now)
        for place in places.tolist():
            column.grow(cell(study, place, column.key, now))


def _changed(before: tuple[object, ...], after: tuple[object, ...]) -> Places:
    """The places at which any of the arrays is another than before, or new."""
    if len(before) == len(after) and all(b is a for b, a in zip(before, after, strict=True)):
        return np.empty(0, np.intp)
    length = max((len(a) for a in _arrays(after)), default=0)
    if len(before) != len(after) or any(len(b) > length for b in _arrays(before)):
        return np.arange(length)
    changed = np.zeros(length, np.bool_)
    for old, new in zip(_arrays(before), _arrays(after), strict=True):
        changed[len(old) :] = True
        changed[_unlike(old, new[: len(old)])] = True
    return np.flatnonzero(changed)


def _unlike(old: NDArray[np.float64], new: NDArray[np.float64]) -> Places:
    """Where two arrays of a length differ. What starts at the same place of memory is the same: photos of a column
    that only grew share it, and nobody writes to what a photo has seen."""
    if old.__array_interface__["data"] == new.__array_interface__["data"]:
        return np.empty(0, np.intp)
    places = np.flatnonzero(old != new)
    return places[~(np.isnan(old[places]) & np.isnan(new[places]))]


def _arrays(arrays: tuple[object, ...]) -> Iterator[NDArray[np.float64]]:
    yield from (a for a in arrays if isinstance(a, np.ndarray))


def _known(study: StudySnapshot, name: str) -> bool:
    """Whether any trial has the parameter, or none could have it yet."""
    trials = study.trials
    column = trials.columns.params.get(name)
    if column is None:
        return not trials.columns.params
    return trials.derive(f"known {name}", (column,), lambda: bool(column.has.any()))


def _reports(study: StudySnapshot) -> bool:
    """Whether trials report steps, or none has ended that could have."""
    trials = study.trials
    c = trials.columns
    return trials.derive("reports", (c.steps, c.states), lambda: bool(c.steps.any() or not trials.finished.any()))


def _values(study: StudySnapshot) -> list[Column]:
    """One objective by its name, several by their places and directions."""
    if study.single:
        return [Column(VALUE, figures.plain(study.metric), before=1, after=5)]
    return [
        Column(f"{VALUE}:{i}" if i else VALUE, f"value {i} {aim[:3]}", before=1, after=5, least=LONGEST_TITLE)
        for i, aim in enumerate(study.directions)
    ]


def _columns(study: StudySnapshot, names: Sequence[str]) -> list[Column]:
    columns = [
        Column(NUMBER, "#", before=3),
        Column(STATE, "state", words=10, left=True),
        *_values(study),
        *([Column(STEPS, "step", words=5)] if _reports(study) else []),
        Column(TIME, "time", words=5),
    ]
    for name in names:
        range_ = study.declared.get(name)
        words = isinstance(range_, Choices) and any(isinstance(o, str) for o in range_.options)
        columns.append(Column(PARAM + name, figures.plain(name), left=words))
    return [
        *columns,
        Column(WORKER, "worker", left=True),
        Column(STARTED, "started", words=11),
        Column(NOTED, "noted", left=True),
    ]
