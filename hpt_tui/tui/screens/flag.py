"""One red flag in full: the evidence, the likely cause, the fix, the rule behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding

from hpt_tui.domain import figures
from hpt_tui.domain.figures import plain
from hpt_tui.domain.flags.flag import Figure, Flag
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.search import ResumeStudy, StopStudy
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.vigil import MuteFlag
from hpt_tui.tui.screens.page import BACK, Page, Sheet, paragraph
from hpt_tui.tui.text import fit, line, moment
from hpt_tui.tui.widgets.keybar import Hint
from hpt_tui.tui.words import SEVERITY_PENS, SEVERITY_SIGNS


@dataclass(frozen=True, slots=True)
class MarkTrials:
    """The user wants to see the trials behind a flag."""

    numbers: tuple[int, ...]


class FlagPage(Page[Order | MarkTrials | None]):
    """Shows a flag; gives back its order if the user applies it, its trials if they are to be marked."""

    BINDINGS: ClassVar = [
        Binding("enter", "apply", show=False, priority=True),
        Binding("m", "mark_trials", show=False),
        Binding("x", "mute", show=False),
    ]

    def __init__(self, flag: Flag, frame: Frame) -> None:
        super().__init__()
        self._flag, self._frame = flag, frame
        self._muted = flag in frame.vigil.muted
        self.title_text = f"{SEVERITY_SIGNS[flag.severity]} {flag.severity}: {flag.id}"
        apply = (Hint("enter", _what(flag.order), "apply"),) if flag.order is not None else ()
        mark = (Hint("m", "mark its trials", "mark_trials"),) if flag.trials else ()
        self.hints = (*apply, *mark, Hint("x", "hear it again" if self._muted else "mute", "mute"), BACK)

    def action_apply(self) -> None:
        if self._flag.order is not None:
            self.dismiss(self._flag.order)

    def action_mark_trials(self) -> None:
        if self._flag.trials:
            self.dismiss(MarkTrials(self._flag.trials))

    def action_mute(self) -> None:
        self.dismiss(MuteFlag(self._flag.id, self._flag.parameters, not self._muted))

    def _when(self) -> str:
        """Since when it is up, as far as anybody was looking."""
        frame, since = self._frame, self._frame.vigil.since.get(self._flag.key)
        if since is None:
            return ""
        return f"up since {moment(since, frame.now)} ({figures.lasting(frame.now - since)})"

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        flag, text, head = self._flag, sheet.pen("text"), sheet.pen("head")
        drawn = paragraph(flag.summary, width, sheet.pen(SEVERITY_PENS[flag.severity]))
        wide = min(max((cell_len(plain(label)) for label, _ in flag.evidence), default=6), width // 2)
        if flag.evidence:
            drawn += [line(), line(("Evidence", head))]
            drawn += [
                line(("  " + fit(label, wide), sheet.pen("dim")), f"  {_figure(n)}") for label, n in flag.evidence
            ]
        if flag.trials:
            numbers = " ".join(f"#{n}" for n in flag.trials[:12]) + (" …" if len(flag.trials) > 12 else "")
            drawn += [line(("  " + fit("trials", wide), sheet.pen("dim")), f"  {numbers}")]
        drawn += [line(), line(("Likely cause", head)), *paragraph(flag.cause, width, text, indent=2)]
        drawn += [line(), line(("What helps", head)), *paragraph(flag.fix, width, text, indent=2)]
        if flag.order is None and flag.why_no_order:
            why = f"No key does it. {flag.why_no_order}"
            drawn += paragraph(why, width, sheet.pen("dim"), indent=2)
        told = (f"hpt-tui rule {flag.rule}" if flag.rule else "", self._when(), "muted" if self._muted else "")
        if foot := " · ".join(part for part in told if part):
            drawn += [line(), line((foot, sheet.pen("dim")))]
        return drawn


def _what(order: Order) -> str:
    match order:
        case ChangeBound():
            return "change the bound …"
        case PruneTrial(number):
            return f"prune #{number}"
        case ResumeStudy():
            return "go on"
        case StopStudy():
            return "stop the search"
        case _:
            return "apply"


def _figure(value: Figure) -> str:
    if isinstance(value, str):
        return value
    return figures.count(value) if isinstance(value, int) else figures.metric(value)
