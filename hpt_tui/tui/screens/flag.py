"""One red flag in full: the evidence, the likely cause, the fix, the rule behind it."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding

from hpt_tui.domain import figures
from hpt_tui.domain.figures import plain
from hpt_tui.domain.flags.flag import Figure, Flag
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.search import ResumeStudy, StopStudy
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.tui.screens.page import BACK, Page, Sheet, paragraph
from hpt_tui.tui.text import fit, line
from hpt_tui.tui.widgets.keybar import Hint
from hpt_tui.tui.words import SEVERITY_PENS, SEVERITY_SIGNS


class FlagPage(Page[Order | None]):
    """Shows a flag; gives back its order if the user applies it."""

    BINDINGS: ClassVar = [Binding("enter", "apply", show=False, priority=True)]

    def __init__(self, flag: Flag) -> None:
        super().__init__()
        self._flag = flag
        self.title_text = f"{SEVERITY_SIGNS[flag.severity]} {flag.severity}: {flag.id}"
        if flag.order is not None:
            self.hints = (Hint("enter", _what(flag.order), "apply"), BACK)

    def action_apply(self) -> None:
        if self._flag.order is not None:
            self.dismiss(self._flag.order)

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
        if flag.rule:
            drawn += [line(), line((f"hpt-tui rule {flag.rule}", sheet.pen("dim")))]
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
