"""What decides the value: importances as measured, beside the tiers that are usual (G1, G4)."""

from __future__ import annotations

from rich.text import Text

from hpt_tui.domain import figures
from hpt_tui.domain.advice.disagreement import disagreements
from hpt_tui.domain.advice.thresholds import AdviceThresholds
from hpt_tui.domain.figures import plain
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.importance import importances
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.tiers import tier_of
from hpt_tui.tui.screens.page import Page, Sheet, paragraph
from hpt_tui.tui.text import Part, fit, line

BAR = 24
"""Cells of the longest bar."""


class ImportancePage(Page[None]):
    """The parameters, the most important first. Measured anew with every trial that completes."""

    title_text = "Importance ─ what decides the value"

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._study, self._limits = frame.study, frame.limits.advice

    def show(self, frame: Frame) -> None:
        changed = frame.study.complete.places is not self._study.complete.places
        self._study = frame.study
        if changed:
            self.redraw()

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        study = self._study
        found = importances(study, self._limits.importance_trials)
        dim = sheet.pen("dim")
        if not found:
            return [*paragraph(_nothing(study, self._limits), width, dim), line(), *self._usual(sheet)]
        count = figures.count(len(study.complete))
        said = f"What sets the best tenth of {count} complete trials apart from all of them (PED-ANOVA)."
        drawn = [*paragraph(said, width, dim), line()]
        names = min(max(len(plain(name)) for name in found), max(10, width - BAR - 22))
        most = max(found.values())
        for name, share in found.items():
            bar = "━" * max(round(share / most * BAR), int(share > 0))
            parts: tuple[Part, ...] = (
                f"{fit(name, names)}  {figures.percent(share):>5}  ",
                (f"{bar:<{BAR}}", sheet.pen("good")),
                (f"  {_tier(name)}", dim),
            )
            drawn.append(line(*parts))
        contradictions = list(disagreements(found, self._limits))
        if contradictions:
            drawn += [line(), line(("Against what is usual", sheet.pen("head")))]
            for text in contradictions:
                drawn += paragraph(text, width, sheet.pen("text"), indent=2)
        return drawn

    def _usual(self, sheet: Sheet) -> list[Text]:
        """The parameters by their tiers, while nothing is measured."""
        ordered = sorted(self._study.space, key=lambda name: (tier_of(name) or 9, name))
        names = max((len(plain(name)) for name in ordered), default=0)
        return [line(f"{fit(name, names)}  ", (_tier(name), sheet.pen("dim"))) for name in ordered]


def _tier(name: str) -> str:
    tier = tier_of(name)
    return "unclassified" if tier is None else f"tier {tier}"


def _nothing(study: StudySnapshot, limits: AdviceThresholds) -> str:
    if not study.single:
        return "Several objectives have no best trials that importances could be measured by. What is usual:"
    least, count = limits.importance_trials, len(study.complete)
    if count < least:
        return f"Measured from {least} complete trials on; there are {count}. Until then, what is usual:"
    return "The best trials differ from the others in no parameter. What is usual:"
