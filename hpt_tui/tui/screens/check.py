"""The check-up of a study: the debugging checklist, how its best trial learnt, how far each stop rule is
(G6, G25, G26, G27)."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from hpt_tui.domain.checklist import Answer, Check, checklist
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.stopping import Standing, StopRule, stop_rules
from hpt_tui.tui.screens.page import Page, Sheet, paragraph
from hpt_tui.tui.text import line, wrap

GAUGE = 12
"""Cells of a stop rule's gauge."""
_SIGNS = {Answer.YES: ("✓", "good"), Answer.NO: ("✗", "bad"), Answer.UNKNOWN: ("·", "dim")}
_PENS = {Standing.FIRED: "bad", Standing.NEAR: "warn", Standing.OPEN: "run", Standing.UNSET: "dim"}


class CheckPage(Page[None]):
    """Judged anew with every frame in which the study has changed."""

    title_text = "Check-up ─ can the search be trusted, and when to stop it"

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._frame = frame

    def show(self, frame: Frame) -> None:
        changed = frame.study is not self._frame.study
        self._frame = frame
        if changed:
            self.redraw()

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        frame = self._frame
        if frame.study.outline is not None:
            return paragraph("Judged once all trials have been read.", width, sheet.pen("dim"))
        limits = frame.limits.flags
        drawn = [line(("Checklist", sheet.pen("head")))]
        for check in checklist(frame.study, frame.flags, limits):
            drawn += _answered(check, sheet, width)
        drawn += [line(), line(("Stop rules", sheet.pen("head")))]
        rules = stop_rules(frame.study, frame.now, limits=limits)
        names = max(len(rule.id) for rule in rules)
        for rule in rules:
            drawn += _gauged(rule, names, sheet, width)
        return drawn


def _answered(check: Check, sheet: Sheet, width: int) -> Iterator[Text]:
    sign, pen = _SIGNS[check.answer]
    first, *rest = wrap(f"{check.question} {check.measured}.", max(10, width - 4))
    yield line("  ", (sign, sheet.pen(pen)), f" {first}")
    yield from (line(f"    {part}") for part in rest)


def _gauged(rule: StopRule, names: int, sheet: Sheet, width: int) -> Iterator[Text]:
    full = 0 if rule.closeness is None else int(rule.closeness * GAUGE)
    pen = sheet.pen(_PENS[rule.standing])
    indent = GAUGE + names + 13
    first, *rest = wrap(rule.measured, max(10, width - indent))
    yield line(
        "  ",
        ("━" * full, pen),
        ("─" * (GAUGE - full), sheet.pen("dim")),
        (f"  {rule.standing.value:<5}", pen),
        f"  {rule.id:<{names}}",
        (f"  {first}", sheet.pen("dim")),
    )
    yield from (line((" " * indent + part, sheet.pen("dim"))) for part in rest)
