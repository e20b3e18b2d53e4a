"""The dialog that forks a study: what is to be declared anew, and what that means."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from hpt_tui.domain.figures import plain
from hpt_tui.domain.forking import next_name, plan_fork, sentences
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.fork import ForkStudy
from hpt_tui.domain.redeclare import Redeclaration, declared_text, typed
from hpt_tui.domain.space import Choices, FloatRange, Range
from hpt_tui.domain.worker import WorkerState
from hpt_tui.errors import OrderRefusedError
from hpt_tui.tui.names import parameters
from hpt_tui.tui.screens.field import FieldDialog, Preview
from hpt_tui.tui.screens.page import BACK, Sentences
from hpt_tui.tui.text import clip, fit
from hpt_tui.tui.widgets.keybar import Hint, KeyBar
from hpt_tui.tui.widgets.pick import Pick

PROMISE = (
    "A fork is a linked new study with all trials that fit: with other choices, on another scale, or with floats "
    "for whole numbers. Bounds alone move by w."
)


class Fork(FieldDialog[ForkStudy | None]):
    """Gives back the fork to be made, None if there is to be none. What was typed for one parameter stays while
    another one is looked at: all of it goes into the fork."""

    DEFAULT_CSS = """
    Fork {
        .box { width: 90; }
        Pick { max-height: 25vh; }
        Preview { height: 7; margin-bottom: 0; }
    }
    """
    hints: ClassVar[tuple[Hint, ...]] = (
        Hint("↑↓", "parameter", "choose(1)"),
        Hint("a-z", "declare it anew", "edit"),
        Hint("enter", "fork", "apply"),
        BACK,
    )

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._study = study = frame.study
        self._alive = sum(worker.state is not WorkerState.LOST for worker in frame.workers)
        self._names = tuple(name for name in parameters(study) if name in study.space)
        self._at = 0
        self._texts = [declared_text(study.space[name]) for name in self._names]
        self._first = tuple(self._texts)
        self._called = study.successor or next_name(study.name, ())

    def compose(self) -> ComposeResult:
        width = max((len(clip(name, 24)) for name in self._names), default=4)
        with Vertical(classes="box") as box:
            box.border_title = Content("Fork the study")
            yield Sentences((PROMISE,))
            rows = Pick(
                [
                    (f"{fit(n, width)}  {clip(plain(t), 34)} ", None)
                    for n, t in zip(self._names, self._first, strict=True)
                ]
            )
            rows.can_focus = False
            yield rows
            with Horizontal(id="value"):
                yield Static("", markup=False)
                yield Input(select_on_focus=False)
            yield Preview()
            yield KeyBar(self.hints)

    def on_mount(self) -> None:
        # What one most often forks for.
        kinds = [isinstance(self._study.space[name], Choices) for name in self._names]
        self.query_one(Pick).highlighted = kinds.index(True) if True in kinds else 0
        self.query_one(Input).focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._at = event.option_index
        field = self.query_one(Input)
        self.query_one("#value Static", Static).update(_form(self._study.space[self._names[self._at]]))
        field.value = self._texts[self._at]
        field.action_end()
        self._preview()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._texts[self._at] = event.value
        self._preview()

    def begin(self, field: Input, character: str) -> None:
        """A declaration is changed in places, not written anew."""
        field.insert_text_at_cursor(character)

    def action_apply(self) -> None:
        try:
            order = self._order()
            plan_fork(self._study, order.changes, order.name)
        except OrderRefusedError:
            return
        self.dismiss(order)

    def _order(self) -> ForkStudy:
        """What stands there.

        Raises:
            OrderRefusedError: a text cannot be read.
        """
        changes: list[Redeclaration] = []
        for name, text, first in zip(self._names, self._texts, self._first, strict=True):
            if text.strip() != first:
                changes.append(typed(name, self._study.space[name], text))
        return ForkStudy(self._called, tuple(changes))

    def _preview(self) -> None:
        preview = self.query_one(Preview)
        if self._texts == [*self._first]:
            preview.say(("Nothing is declared anew yet.", "dim"))
            return
        try:
            order = self._order()
            fork = plan_fork(self._study, order.changes, order.name)
        except OrderRefusedError as error:
            preview.say((f"✖ {clip(plain(error.line), 200)}", "bad"))
            return
        first, *more = sentences(self._study, fork, self._alive)
        preview.say((clip(plain(first), 200), "strong"), *((clip(plain(line), 120), "dim") for line in more))


def _form(range_: Range) -> str:
    if isinstance(range_, Choices):
        return "all choices"
    return "LOW .. HIGH log or linear" if isinstance(range_, FloatRange) else "LOW .. HIGH [whole] log or linear"
