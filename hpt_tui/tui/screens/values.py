"""The dialogs that take values of parameters: a configuration to be tried, and a parameter to be fixed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from hpt_tui.domain.configuration import outside, range_of, value_of, written
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.order import WrittenOrder
from hpt_tui.domain.orders.probes import Enqueue, FixParameter, FreeParameter
from hpt_tui.domain.space import ParamValue
from hpt_tui.domain.trial import TrialRow
from hpt_tui.errors import OrderRefusedError
from hpt_tui.tui.names import parameters
from hpt_tui.tui.screens.field import FieldDialog, Preview
from hpt_tui.tui.screens.page import BACK, Sentences
from hpt_tui.tui.text import clip, fit
from hpt_tui.tui.widgets.keybar import Hint, KeyBar
from hpt_tui.tui.widgets.pick import Pick
from hpt_tui.tui.words import range_text

VALUE_WIDTH = 18


class Values(FieldDialog[WrittenOrder | None]):
    """A list of parameters with a value each, and a field for the chosen one's. Subclasses say what becomes of
    them.

    ``texts`` are what stands in the field, by parameter; empty: nothing is said of it."""

    DEFAULT_CSS = """
    Values {
        .box { width: 84; }
        Preview { height: 4; margin-bottom: 0; }
    }
    """
    title_text = ""
    promise = ""
    does = ""
    """What Enter does."""

    def __init__(self, frame: Frame, texts: dict[str, str]) -> None:
        super().__init__()
        self.frame, self.texts = frame, texts
        self.names = [name for name in parameters(frame.study) if name in frame.study.space]

    def order(self) -> WrittenOrder:
        """What Enter would order."""
        raise NotImplementedError

    def remark(self) -> str:
        """What is worth a warning though it can be ordered; empty if nothing is."""
        return ""

    def question(self) -> str:
        """What is asked for while nothing has been said yet; empty once it has."""
        return ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(self.title_text)
            yield Sentences((self.promise,))
            rows = Pick([(self._row(name), None) for name in self.names])
            rows.can_focus = False
            yield rows
            with Horizontal(id="value"):
                yield Static("value", markup=False)
                yield Input(select_on_focus=False)
            yield Preview()
            hints = (Hint("↑↓", "parameter", "choose(1)"), Hint("enter", self.does, "apply"), BACK)
            yield KeyBar(hints)

    def on_mount(self) -> None:
        self.query_one(Pick).highlighted = 0
        self.query_one(Input).focus()

    @property
    def chosen(self) -> str:
        """The parameter whose value is in the field."""
        return self.names[self.query_one(Pick).highlighted or 0]

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        field = self.query_one(Input)
        field.value = self.texts.get(self.names[event.option_index], "")
        field.action_select_all()
        self._preview()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        name = self.chosen
        if self.texts.get(name, "") != event.value:
            self.texts[name] = event.value
            self.query_one(Pick).write(self.names.index(name), self._row(name))
        self._preview()

    def action_apply(self) -> None:
        if not self.problem():
            self.dismiss(self.order())

    def problem(self) -> str:
        """Why what stands there cannot be ordered; empty if it can."""
        try:
            self.order().foreseen(self.frame, self.frame.now)
        except OrderRefusedError as error:
            return clip(error.line, 300)
        return ""

    def _preview(self) -> None:
        if asked := self.question():
            self.query_one(Preview).say((asked, "dim"))
            return
        if why := self.problem():
            self.query_one(Preview).say((f"✖ {why}", "bad"))
            return
        order = self.order()
        said = order.said(order.foreseen(self.frame, self.frame.now))
        more = [(note, "warn")] if (note := self.remark()) else []
        self.query_one(Preview).say((f"✓ {said}.", "strong"), *more)

    def _row(self, name: str) -> str:
        widest = max((len(clip(n, 24)) for n in self.names), default=4)
        text = self._shown(name) or self.unsaid(name)
        within = clip(range_text(range_of(self.frame.study, name)), 30)
        return f"{fit(name, widest)}  {fit(text, VALUE_WIDTH)}  {within}"

    def _shown(self, name: str) -> str:
        """The value as the screen shows this parameter's; as it was typed, where it is none."""
        text, range_ = self.texts.get(name, ""), range_of(self.frame.study, name)
        try:
            return written(value_of(name, text, range_), range_)
        except OrderRefusedError:
            return text

    def unsaid(self, name: str) -> str:
        """What its row says of a parameter without a value in the field."""
        raise NotImplementedError


class Probe(Values):
    """Gives back the configuration to be tried, None if there is to be none."""

    title_text = "Try a configuration"
    promise = "The next free worker runs it. Clear a value, and the sampler draws it."
    does = "enqueue"

    def __init__(self, frame: Frame, trial: TrialRow | None) -> None:
        params = {} if trial is None else trial.params
        super().__init__(frame, {n: exactly(v) for n, v in params.items() if n in frame.study.space})
        if trial is not None:
            self.title_text = f"Try a configuration, from #{trial.number}"

    def order(self) -> Enqueue:
        said = tuple((name, self.texts[name]) for name in self.names if self.texts.get(name))
        return Enqueue(said, outside=True)

    def remark(self) -> str:
        for name, text in self.order().values:
            range_ = range_of(self.frame.study, name)
            if why := outside(value_of(name, text, range_), range_):
                return f"{clip(name, 30)}: {why}; it is tried all the same."
        return ""

    def unsaid(self, name: str) -> str:
        return "(drawn)"


class Fix(Values):
    """Gives back what to fix, or to search again, None if nothing is to change. An empty field sets free."""

    title_text = "Fix a parameter"
    promise = "Every next trial, of every worker, gets this value. Clear it, and the parameter is searched again."
    does = "put in force"

    def __init__(self, frame: Frame, trial: TrialRow | None) -> None:
        fixed = frame.study.control.fixed
        self._usual = {} if trial is None else trial.params
        super().__init__(frame, {name: exactly(value) for name, value in fixed.items()})

    def order(self) -> WrittenOrder:
        text = self.texts.get(self.chosen, "")
        return FixParameter(self.chosen, text) if text else FreeParameter(self.chosen)

    def question(self) -> str:
        if self.texts.get(self.chosen) or self.chosen in self.frame.study.control.fixed:
            return ""
        return f"{clip(self.chosen, 30)} is searched. Type the value that it is to have."

    def unsaid(self, name: str) -> str:
        if name not in self._usual:
            return "(searched)"
        return f"({written(self._usual[name], range_of(self.frame.study, name))})"


def exactly(value: ParamValue) -> str:
    """A value as text that reads as the very same one."""
    return str(value)
