"""Advice for the search in view, as a form: what is known, and what follows from it (G5, G7, G8, G11 to G15)."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from hpt_tui.domain.advice.advice import Advice, advise
from hpt_tui.domain.advice.form import QUESTIONS, AnswerError, Question, answered
from hpt_tui.domain.advice.of_study import with_study
from hpt_tui.domain.advice.situation import Situation
from hpt_tui.domain.advice.told import facts, told
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.lint.of_study import declared_by
from hpt_tui.tui.screens.field import FieldDialog, Preview
from hpt_tui.tui.screens.page import BACK, Sheet
from hpt_tui.tui.text import fit, line, wrap
from hpt_tui.tui.widgets.keybar import Hint, KeyBar
from hpt_tui.tui.widgets.pick import Pick

LABEL = 18
HEAD = 10
"""Cells of an entry's label."""


class AdvicePage(FieldDialog[None]):
    """Up and down choose a question, typing answers it, the arrows to the side go through its options. The advice
    below follows at once; nothing is written anywhere."""

    DEFAULT_CSS = """
    AdvicePage {
        .box { width: 104; }
        Pick { margin-top: 0; }
        Preview { height: 1; margin-top: 0; }
        Sheet { height: 1fr; margin: 1 0; }
        .box { height: 94%; }
    }
    """
    BINDINGS: ClassVar = [
        Binding("left", "option(-1)", show=False, priority=True),
        Binding("right", "option(1)", show=False, priority=True),
        Binding("pageup", "scroll(-1)", show=False, priority=True),
        Binding("pagedown", "scroll(1)", show=False, priority=True),
    ]

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        study, self._limits = frame.study, frame.limits.advice
        declared = declared_by(study)
        known = Situation(declared, len(declared.searched) or None, gpus=max(1, len(frame.machine.gpus)))
        self._known = with_study(known, study, frame.now, self._limits)
        self._answers: dict[str, str] = {}
        self._advice: Advice = advise(self._known, self._limits)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content("Advice ─ whether, how and how long to search")
            yield Pick([(self._row(question), question.id) for question in QUESTIONS])
            with Horizontal(id="value"):
                yield Static(f"{'answer':<{LABEL}}", markup=False)
                yield Input()
            yield Preview()
            yield Sheet(self._lines)
            yield KeyBar(
                (
                    Hint("↑ ↓", "question", "choose(1)"),
                    Hint("← →", "options", "option(1)"),
                    Hint("pgdn", "more", "scroll(1)"),
                    BACK,
                )
            )

    def on_mount(self) -> None:
        self.query_one(Pick).highlighted = 0
        self.query_one(Input).focus()

    @property
    def _question(self) -> Question:
        return QUESTIONS[self.query_one(Pick).highlighted or 0]

    def _row(self, question: Question) -> str:
        return f"{fit(question.label, LABEL)}  {self._answers.get(question.id) or '–'}"

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        field = self.query_one(Input)
        with field.prevent(Input.Changed):
            field.value = self._answers.get(self._question.id, "")
        field.action_end()
        self._judge()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        rows = self.query_one(Pick)
        self._answers[self._question.id] = event.value
        rows.write(rows.highlighted or 0, self._row(self._question))
        self._judge()

    def action_option(self, by: int) -> None:
        """The next option of a question that has some; else the cursor moves in the answer."""
        field, options = self.query_one(Input), ("", *self._question.options)
        if len(options) == 1:
            (field.action_cursor_left if by < 0 else field.action_cursor_right)()
            return
        at = options.index(field.value) if field.value in options else 0
        field.value = options[(at + by) % len(options)]

    def action_scroll(self, by: int) -> None:
        sheet = self.query_one(Sheet)
        sheet.scroll_relative(y=by * max(1, sheet.size.height - 1), animate=False)

    def action_apply(self) -> None:
        """On to the next question: nothing is to be given back."""
        self.action_choose(1)

    def _judge(self) -> None:
        preview, question = self.query_one(Preview), self._question
        preview.say((" ".join(filter(None, (question.hint, ", ".join(question.options)))), "dim"))
        situation = self._known
        for asked in QUESTIONS:
            try:
                situation = answered(situation, {asked.id: self._answers.get(asked.id, "")})
            except AnswerError as error:
                if asked is question:
                    preview.say((str(error), "bad"))
        self._advice = advise(situation, self._limits)
        self.query_one(Sheet).redraw()

    def _lines(self, sheet: Sheet, width: int) -> list[Text]:
        head = f"For {facts(self._advice.situation)}"
        drawn = [line((part, sheet.pen("head"))) for part in wrap(head, max(10, width))]
        before = ""
        for label, text in told(self._advice):
            first, *rest = wrap(text, max(10, width - HEAD - 1))
            shown = "" if label == before else label
            drawn.append(line((f"{shown:<{HEAD}} ", sheet.pen("dim")), first))
            drawn += [line(" " * (HEAD + 1) + part) for part in rest]
            before = label
        return drawn
