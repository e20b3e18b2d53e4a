"""The search space, judged while the search runs (G18 to G20, G37)."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from hpt_tui.domain.figures import metric
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.lint.finding import Finding, Level
from hpt_tui.domain.lint.of_study import declared_by
from hpt_tui.domain.lint.rules import lint
from hpt_tui.tui.screens.page import Page, Sheet, paragraph
from hpt_tui.tui.text import line, wrap

_SIGNS = {Level.ERROR: ("✖", "bad"), Level.WARNING: ("▲", "warn"), Level.INFO: ("●", "run")}


class SpacePage(Page[None]):
    """All findings, the worst first. Judged anew when the space changes."""

    title_text = "Search space ─ what costs trials, and what to write instead"

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._frame = frame

    def show(self, frame: Frame) -> None:
        changed = (frame.study.space, frame.study.budget) != (self._frame.study.space, self._frame.study.budget)
        self._frame = frame
        if changed:
            self.redraw()

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        study, dim = self._frame.study, sheet.pen("dim")
        if not study.space:
            return paragraph("Nothing is known of the space before the first trial.", width, dim)
        findings = lint(declared_by(study), self._frame.limits.lint)
        if not findings:
            return paragraph("Nothing is wrong with the space.", width, sheet.pen("good"))
        drawn: list[Text] = []
        for finding in findings:
            drawn += [*_told(finding, sheet, width), line()]
        return drawn[:-1]


def _told(finding: Finding, sheet: Sheet, width: int) -> Iterator[Text]:
    sign, pen = _SIGNS[finding.level]
    room = max(10, width - 2)
    first, *rest = wrap(finding.summary, room)
    yield line((f"{sign} ", sheet.pen(pen)), (first, sheet.pen("strong")))
    yield from (line((f"  {part}", sheet.pen("strong"))) for part in rest)
    found = "; ".join(f"{label} {_figure(value)}" for label, value in finding.evidence)
    yield from (line((f"  {part}", sheet.pen("dim"))) for part in (wrap(found, room) if found else ()))
    yield from (line(f"  {part}") for part in wrap(f"{finding.why} {finding.fix} ({finding.rule})", room))


def _figure(value: float | str) -> str:
    return metric(value) if isinstance(value, float) else str(value)
