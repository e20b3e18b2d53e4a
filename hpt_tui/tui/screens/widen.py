"""The dialog that moves a bound: which parameter, which side, to what, and what that means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from hpt_tui.domain import figures
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.limits import is_limit, proposed
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, NumericRange, Side, bound_problem
from hpt_tui.tui.names import parameters
from hpt_tui.tui.screens.field import FieldDialog, Preview
from hpt_tui.tui.screens.page import BACK, Sentences
from hpt_tui.tui.text import clip, fit
from hpt_tui.tui.widgets.bound_history import BoundHistory
from hpt_tui.tui.widgets.keybar import Hint, KeyBar
from hpt_tui.tui.widgets.pick import Pick
from hpt_tui.tui.words import plural

NOTHING = Choices(())
PROMISE = "New bounds hold for the next trial of every worker. Finished trials and your code stay as they are."


@dataclass(frozen=True, slots=True)
class Movable:
    """One end of one numeric parameter."""

    name: str
    side: Side
    range: NumericRange
    """In force now."""
    declared: NumericRange

    @property
    def now(self) -> float:
        return self.range.low if self.side is Side.LOW else self.range.high

    @property
    def proposed(self) -> float:
        return proposed(self.name, self.range, self.side)

    def text(self, value: float) -> str:
        """``value`` as the parameter's values are shown; a whole number for an integer."""
        if float(value).is_integer() and not isinstance(self.range.low, float):
            return str(int(value))
        return figures.parameter(float(value), log=self.range.log)

    def with_value(self, value: float) -> tuple[float, float]:
        """The bounds once this end is at ``value``."""
        return (value, self.range.high) if self.side is Side.LOW else (self.range.low, value)

    def order(self, value: float, reason: str) -> ChangeBound:
        if self.side is Side.LOW:
            return ChangeBound(self.name, low=value, reason=reason)
        return ChangeBound(self.name, high=value, reason=reason)


def movables(study: StudySnapshot) -> tuple[Movable, ...]:
    """Both ends of every numeric parameter, the upper one first."""
    found = []
    for name in parameters(study):
        declared, now = study.declared.get(name, NOTHING), study.space.get(name, NOTHING)
        if not isinstance(declared, Choices) and not isinstance(now, Choices):
            found += [Movable(name, side, now, declared) for side in (Side.HIGH, Side.LOW)]
    return tuple(found)


def in_force(study: StudySnapshot, change: ChangeBound) -> bool:
    """Whether the study has these bounds already, or has no such parameter any more."""
    now = study.space.get(change.parameter)
    if now is None or isinstance(now, Choices):
        return True
    return change.low in (None, now.low) and change.high in (None, now.high)


class Widen(FieldDialog[ChangeBound | None]):
    """Gives back the change of one bound, None if there is to be none."""

    DEFAULT_CSS = """
    Widen {
        .box { width: 84; }
        Preview { margin-bottom: 1; }
        &.-low.-moved Pick { max-height: 5; }
        &.-low.-moved BoundHistory { max-height: 3; margin-bottom: 0; }
    }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012
    hints: ClassVar[tuple[Hint, ...]] = (
        Hint("↑↓", "parameter and side", "choose(1)"),
        Hint("0-9", "the new value", "edit"),
        Hint("enter", "put in force", "apply"),
        BACK,
    )

    def __init__(self, frame: Frame, proposal: ChangeBound | None = None) -> None:
        super().__init__()
        self._frame, self._study = frame, frame.study
        self._ends = movables(frame.study)
        self._proposal = proposal
        self._at: int | None = None
        self._typed: dict[int, str] = {}
        """What stood in the field when an end was left, by its row."""

    def compose(self) -> ComposeResult:
        names = max((len(clip(e.name, 24)) for e in self._ends), default=4)
        with Vertical(classes="box") as box:
            box.border_title = Content("Move a bound")
            yield Sentences((PROMISE,))
            ends = Pick([(_row(e, names), None) for e in self._ends])
            ends.can_focus = False
            yield ends
            with Horizontal(id="value"):
                yield Static("new value", markup=False)
                yield Input(select_on_focus=False)
            yield Preview()
            yield BoundHistory(self._frame, parameters(self._study))
            yield KeyBar(self.hints)

    def on_mount(self) -> None:
        self.set_class(self.query_one(BoundHistory).display, "-moved")
        self.query_one(Pick).highlighted = self._first()
        self.query_one(Input).focus()

    def _first(self) -> int:
        """The end that the proposal is about, else the first one."""
        asked = self._proposal
        if asked is None:
            return 0
        side = Side.LOW if asked.low is not None else Side.HIGH
        return next((i for i, e in enumerate(self._ends) if (e.name, e.side) == (asked.parameter, side)), 0)

    @property
    def chosen(self) -> Movable:
        """The end that is to be moved."""
        return self._ends[self.query_one(Pick).highlighted or 0]

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        field, at = self.query_one(Input), event.option_index
        if self._at == at:
            return
        if self._at is not None:
            self._typed[self._at] = field.value
        self._at = at
        field.value = self._typed.get(at, self._wanted(self._ends[at]))
        field.action_select_all()
        self.query_one(BoundHistory).show(self._ends[at].name)
        self._preview()

    def _wanted(self, end: Movable) -> str:
        """What to put this end to: as the alert proposes, else a step further."""
        asked, value = self._proposal, None
        if asked is not None and asked.parameter == end.name:
            value = asked.low if end.side is Side.LOW else asked.high
        return end.text(end.proposed if value is None else value)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._preview()

    def action_apply(self) -> None:
        if not self.problem():
            asked, end = self._proposal, self.chosen
            reason = asked.reason if asked is not None and asked.parameter == end.name else ""
            self.dismiss(end.order(float(self.query_one(Input).value), reason))

    def problem(self) -> str:
        """Why the value that stands there cannot be put in force; empty if it can."""
        end, text = self.chosen, self.query_one(Input).value
        try:
            value = float(text)
        except ValueError:
            return f"{clip(text, 20)!r} is not a number" if text else "give a number"
        if (why := bound_problem(end.declared, *end.with_value(value))) != "":
            return f"{clip(end.name, 40)} {why}"
        if (method := self._study.method) is not None and method.why_bounds_stay:
            return f"{clip(end.name, 40)} {method.why_bounds_stay}"
        return "that is the bound in force now" if value == end.now else ""

    def _preview(self) -> None:
        preview, end = self.query_one(Preview), self.chosen
        if (why := self.problem()) != "":
            preview.say((f"✖ {why}", "bad"))
            return
        low, high = end.with_value(float(self.query_one(Input).value))
        moved = replaced(end, low, high)
        trials = self._study.trials
        column = trials.columns.params.get(end.name)
        values = column.numbers()[trials.finished] if column is not None else np.empty(0)
        finished = int(np.count_nonzero(~np.isnan(values)))
        inside = int(np.count_nonzero((values >= moved.low) & (values <= moved.high)))
        word = "Widens" if end.range.low >= low and end.range.high <= high else "Narrows"
        change = f"{end.text(end.now)} → {end.text(float(self.query_one(Input).value))}"
        preview.say(
            (
                f"{word} {clip(end.name, 40)}: {end.side.word} bound {change} for the next trial of every worker.",
                "strong",
            ),
            (f"{figures.count(inside)} of {plural(finished, 'finished trial')} stay inside.", "dim"),
            *(
                [(f"Usually such a quantity cannot go {_beyond(end)}.", "warn")]
                if is_limit(end.name, end.range, end.side)
                else []
            ),
        )


def replaced(end: Movable, low: float, high: float) -> NumericRange:
    """The range in force once the bounds are ``low`` and ``high``."""
    return replace(end.range, low=low, high=high)  # type: ignore[arg-type]


def _row(end: Movable, width: int) -> str:
    stuck = end.proposed == end.now or is_limit(end.name, end.range, end.side)
    hint = f"cannot go {_beyond(end)}" if stuck else f"→ {end.text(end.proposed)}"
    scale = "log" if end.range.log else ""
    return f"{fit(end.name, width)}  {end.side.word}  {end.text(end.now):>9}  {scale:<3}  {hint} "


def _beyond(end: Movable) -> str:
    return "lower" if end.side is Side.LOW else "higher"
