"""The columns of the trials table: every cell's text, aligned on the decimal point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len

from hpt_tui.domain import figures
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices
from hpt_tui.domain.trial import TrialRow
from hpt_tui.tui.listing import NUMBER, PARAM, STATE, STEPS, TIME, VALUE, shown_value, value_at
from hpt_tui.tui.names import parameters
from hpt_tui.tui.text import clip, fit
from hpt_tui.tui.words import STATE_SIGNS

TITLE = 8
"""Cells that a column's title has at least; what is spare goes to the longer ones, from the left."""
LONGEST_TITLE = 24
TEXT_WIDTH = 20
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

    def cell(self, text: str) -> str:
        """``text`` in the column's width; the decimal points of a column stand above each other."""
        if (parts := _NUMBER.fullmatch(text)) is not None and not self.left:
            return fit(text + " " * (self.after - len(parts[2])), self.width, right=True)
        return fit(text, self.width, right=not self.left)

    def heading(self, sign: str = "") -> str:
        """The title over the cells, the sort sign in the gap beside it."""
        return fit(self.head + sign, self.width + (1 if sign else 0), right=not self.left)


@dataclass(slots=True)
class Columns:
    """The columns of a study and the texts of its trials, kept as long as the trials stay as they are."""

    shown: list[Column] = field(default_factory=list)
    _texts: dict[int, tuple[TrialRow, tuple[str, ...]]] = field(default_factory=dict)
    _shape: tuple[object, ...] = ()

    def fit(self, study: StudySnapshot) -> None:
        """Take up ``study``: its columns, and room for every text in them."""
        names = tuple(n for n in parameters(study) if _known(study, n))
        shape = (names, study.metric, study.steps, _reports(study), study.directions)
        if shape != self._shape:
            self._shape, self._texts = shape, {}
            self.shown = _columns(study, names)
        for trial in study.trials:
            kept = self._texts.get(trial.number)
            if kept is not None and (kept[0] is trial or kept[0] == trial):
                continue
            texts = self._cells(study, trial)
            self._texts[trial.number] = (trial, texts)
            for column, text in zip(self.shown, texts, strict=True):
                column.grow(text)

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

    def texts(self, trial: TrialRow, now: float) -> tuple[str, ...]:
        """The cells of ``trial``, not yet aligned; the duration of a running one as of ``now``."""
        texts = self._texts[trial.number][1]
        if trial.state.finished:
            return texts
        at = next(i for i, c in enumerate(self.shown) if c.key == TIME)
        running = figures.duration(trial.duration(now))
        self.shown[at].grow(running)
        return (*texts[:at], running, *texts[at + 1 :])

    def _cells(self, study: StudySnapshot, trial: TrialRow) -> tuple[str, ...]:
        return tuple(self._cell(study, trial, column) for column in self.shown)

    @staticmethod
    def _cell(study: StudySnapshot, trial: TrialRow, column: Column) -> str:
        match column.key:
            case "#":
                return str(trial.number)
            case "state":
                return f"{STATE_SIGNS[trial.state]} {trial.state}"
            case "value":
                return figures.metric(shown_value(trial))
            case key if key.startswith(VALUE + ":"):
                return figures.metric(value_at(trial, int(key.removeprefix(VALUE + ":"))))
            case "step":
                done = figures.count(trial.steps) if trial.steps else figures.UNKNOWN
                return done if study.steps is None else f"{done}/{figures.count(study.steps)}"
            case "time":
                return figures.duration(trial.duration(trial.ended or 0.0)) if trial.ended else figures.UNKNOWN
        name = column.key.removeprefix(PARAM)
        if name not in trial.params:
            return figures.UNKNOWN
        range_ = trial.ranges.get(name)
        log = range_ is not None and not isinstance(range_, Choices) and range_.log
        return clip(figures.parameter(trial.params[name], log=log), TEXT_WIDTH)


def _known(study: StudySnapshot, name: str) -> bool:
    """Whether any trial has the parameter, or none could have it yet."""
    return any(name in t.params for t in study.trials) or not any(t.params for t in study.trials)


def _reports(study: StudySnapshot) -> bool:
    """Whether trials report steps, or none has ended that could have."""
    return any(t.steps for t in study.trials) or not any(t.state.finished for t in study.trials)


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
    return columns
