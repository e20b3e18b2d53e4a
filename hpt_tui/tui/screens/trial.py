"""One trial in full: how it went, its values, its parameters in their ranges, its curve."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from hpt_tui.domain import figures
from hpt_tui.domain.diagnosis import Verdict, diagnose
from hpt_tui.domain.figures import plain
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.logs import LogRequest
from hpt_tui.domain.space import Choices, ParamValue, Range, position
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.tui.cells import value_at
from hpt_tui.tui.keys import by_id
from hpt_tui.tui.names import parameters
from hpt_tui.tui.screens.log import LogReader, LogWanted, log_of
from hpt_tui.tui.screens.page import BACK, Page, Sheet, paragraph
from hpt_tui.tui.text import clip, fit, line, moment
from hpt_tui.tui.widgets.curves import Curves
from hpt_tui.tui.widgets.keybar import Hint, KeyBar
from hpt_tui.tui.words import STATE_PENS, STATE_SIGNS, range_text

ACTS = ("metric", "log", "smooth", "logs")
OUTPUT_LINES = 12
"""Of a failed trial, so much of the end of what it printed: the traceback is there."""
RULER = 12
"""Cells of the little ruler that shows where in its range a value lies."""


class TrialPage(Page[None]):
    """Details of one trial, kept up to date while it runs. ``m``, ``l`` and ``e`` work on its curve, ``L`` shows
    what it printed; of a failed one the end of that stands here."""

    DEFAULT_CSS = """
    TrialPage {
        .box { width: 110; height: 94%; padding: 0 2; }
        Sheet { height: auto; max-height: 60%; margin-bottom: 0; }
        Curves {
            height: 1fr; min-height: 7;
            border-top: solid $border-blurred; border-title-color: $foreground;
        }
    }
    """
    BINDINGS: ClassVar = [by_id(act).binding for act in ACTS]
    hints = (*(Hint(by_id(act).shown, by_id(act).label, act) for act in ACTS), BACK)

    def __init__(self, frame: Frame, number: int) -> None:
        super().__init__()
        self._frame, self._number = frame, number
        self.title_text = f"Trial #{number}"
        self.reads: LogRequest | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(plain(self.title_text))
            yield Sheet(self.lines)
            yield Curves()
            yield KeyBar(self.hints)

    def on_mount(self) -> None:
        self.show(self._frame)
        trial = self._frame.study.by_number.get(self._number)
        if trial is not None and trial.state is TrialState.FAILED:
            self.reads = LogRequest(self._number)
            self.post_message(LogWanted(self.reads))

    def show(self, frame: Frame) -> None:
        self._frame = frame
        self.redraw()
        self.query_one(Curves).show_only(frame, self._number)

    def action_metric(self) -> None:
        self.query_one(Curves).next_metric()

    def action_log(self) -> None:
        self.query_one(Curves).toggle_log()

    def action_smooth(self) -> None:
        self.query_one(Curves).next_smoothing()

    def action_logs(self) -> None:
        self.app.push_screen(LogReader(self._frame, LogRequest(self._number)))

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        trial = self._frame.study.by_number.get(self._number)
        if trial is None:
            return [line("The storage holds this trial no more.")]
        told = (self._story(trial, sheet, width), self._output(sheet, width))
        parts = (*told, self._parameters(trial, sheet, width), self._origin(trial, sheet, width))
        return [text for part in parts if part for text in (line(), *part)][1:]

    def _output(self, sheet: Sheet, width: int) -> list[Text]:
        """The end of what a failed trial printed."""
        page = log_of(self._frame, self.reads)
        return [line((clip(text, width), sheet.pen("dim"))) for text in page.lines[-OUTPUT_LINES:]] if page else []

    def _origin(self, trial: TrialRow, sheet: Sheet, width: int) -> list[Text]:
        """Where it ran, and with what."""
        run, method = self._frame.study.runs.get(trial.worker), self._frame.study.method
        if run is None:
            return []
        seed = f", seed {method.seed}" if method is not None and method.seed is not None else ""
        found = (
            ("ran on", f"{run.place}{seed}"),
            ("code", run.provenance.code),
            ("with", run.provenance.versions),
        )
        shown = ((label, text) for label, text in found if text)
        return [line((f"{label:<7}", sheet.pen("dim")), clip(text, width - 7)) for label, text in shown]

    def _story(self, trial: TrialRow, sheet: Sheet, width: int) -> list[Text]:
        study, now, dim = self._frame.study, self._frame.now, sheet.pen("dim")
        name = clip(study.metric, 30)
        values = [(name, figures.metric(v)) for v in trial.values]
        if not study.single:
            values = [
                (f"value {i} {a[:3]}", figures.metric(value_at(trial, i))) for i, a in enumerate(study.directions)
            ]
        elif not values:
            values = [(f"last {name}", figures.metric(trial.last_value))]
        total = "" if study.steps is None else f"/{study.steps}"
        notes = [
            "best so far" if study.best is not None and study.best.number == trial.number else "",
            "★ starred" if trial.starred else "",
            "baseline" if trial.baseline else "",
            _validates(trial),
            "ended by hand" if trial.by_hand else "",
            "NaN or infinite values" if trial.non_finite else "",
            "violates a constraint" if trial.infeasible else "",
        ]
        state = line((f"{STATE_SIGNS[trial.state]} {trial.state}", sheet.pen(STATE_PENS[trial.state])))
        for label, text in (
            *values,
            ("step", f"{trial.steps}{total}" if trial.steps or not trial.state.finished else figures.UNKNOWN),
            ("time", figures.duration(trial.duration(now))),
        ):
            state.append_text(line((f"   {label} ", dim), text))
        if trial.started is not None:
            state.append_text(line(("   started ", dim), moment(trial.started, now)))
        state.truncate(width, overflow="ellipsis")
        said = ", ".join(n for n in notes if n)
        drawn = [state, *([line((said, sheet.pen("best")))] if said else [])]
        drawn += paragraph(trial.reason, width, sheet.pen("warn")) if trial.reason else []
        return drawn + self._diagnosed(sheet, width) + self._noted(sheet, width)

    def _noted(self, sheet: Sheet, width: int) -> list[Text]:
        """What somebody wrote of it."""
        note = self._frame.study.notes.get(self._number, "")
        lines = [text for text in note.splitlines() if text.strip()]
        return [part for text in lines for part in paragraph(f"✎ {text}", width, sheet.pen("run"))]

    def _diagnosed(self, sheet: Sheet, width: int) -> list[Text]:
        """What its curves say of it (G6); nothing where they say nothing."""
        found = diagnose(self._frame.study, self._number, self._frame.limits.flags)
        if found.verdict is Verdict.UNKNOWN:
            return []
        if found.verdict is Verdict.HEALTHY:
            return paragraph(f"✓ {found.summary}", width, sheet.pen("dim"))
        return paragraph(f"▲ {found.verdict}: {found.summary}. {found.advice}", width, sheet.pen("warn"))

    def _parameters(self, trial: TrialRow, sheet: Sheet, width: int) -> list[Text]:
        if not trial.params:
            return [line(("It has no parameters yet.", sheet.pen("dim")))]
        rows = [
            (n, _value(v, trial.ranges.get(n)), trial.ranges.get(n), v) for n, v in _ordered(self._frame, trial)
        ]
        values = min(max(cell_len(plain(text)) for _, text, *_ in rows), width // 4)
        ranges = max(8, *(cell_len(range_text(range_)) for *_, range_, _ in rows))
        spare = width - values - RULER - 8 - ranges
        names = min(max(cell_len(plain(name)) for name, *_ in rows), max(width // 4, spare))
        drawn = []
        for name, text, range_, value in rows:
            drawn.append(
                line(
                    (fit(name, names), sheet.pen("dim")),
                    f"  {fit(text, values, right=True)}  ",
                    (_ruler(value, range_), sheet.pen("run")),
                    (
                        "  " + clip(range_text(range_), max(8, width - names - values - RULER - 8)),
                        sheet.pen("dim"),
                    ),
                )
            )
        return drawn


def _validates(trial: TrialRow) -> str:
    told = trial.validates
    return "" if told is None else f"validates #{told.of} with seed {told.seed}: not pruned, not of the budget"


def _ordered(frame: Frame, trial: TrialRow) -> list[tuple[str, ParamValue]]:
    """The trial's parameters in the table's order."""
    return [(name, trial.params[name]) for name in parameters(frame.study) if name in trial.params]


def _value(value: ParamValue, range_: Range | None) -> str:
    log = range_ is not None and not isinstance(range_, Choices) and range_.log
    return clip(figures.parameter(value, log=log), 30)


def _ruler(value: ParamValue, range_: Range | None) -> str:
    """Where the value lies in the range it was drawn from, on the parameter's own scale."""
    if (
        range_ is None
        or isinstance(range_, Choices)
        or isinstance(value, bool)
        or not isinstance(value, int | float)
    ):
        return " " * (RULER + 2)
    at = round(min(1.0, max(0.0, position(value, range_))) * (RULER - 1))
    return "├" + "─" * at + "┼" + "─" * (RULER - 1 - at) + "┤"
