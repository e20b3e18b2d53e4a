"""The final validation: the best configurations by their means over several seeds (G28), and how to start it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding

from hpt_tui.domain import figures
from hpt_tui.domain.candidates import MOST_SEEDS, SEEDS, TOP, candidates, missing_runs
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.validation import Validate, seconds_left
from hpt_tui.domain.validation import Result, Validation, validation
from hpt_tui.domain.validation_words import (
    HEADINGS,
    cells,
    ensemble_words,
    failure_words,
    noise_words,
    same_words,
    winner_words,
)
from hpt_tui.domain.worker import WorkerState
from hpt_tui.errors import OrderRefusedError
from hpt_tui.tui.screens.page import BACK, Page, Sheet, paragraph
from hpt_tui.tui.text import line
from hpt_tui.tui.widgets.keybar import Hint
from hpt_tui.tui.words import plural

SEARCH = HEADINGS.index("search")
"""The column that goes where there is no room for it."""


class ValidationPage(Page[Order | None]):
    """The ranking as it stands, judged anew with every frame in which the study has changed; gives back the order
    for the runs that are missing, if the user gives it."""

    BINDINGS: ClassVar = [
        Binding("enter", "start", show=False, priority=True),
        Binding("plus,equals_sign", "seeds(1)", show=False),
        Binding("minus", "seeds(-1)", show=False),
    ]
    title_text = "Validation ─ the best configurations with several seeds each"
    hints = (Hint("enter", "run what is missing", "start"), Hint("+ -", "seeds", "seeds(1)"), BACK)

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._frame, self._seeds = frame, SEEDS

    def show(self, frame: Frame) -> None:
        changed = frame.study is not self._frame.study or frame.more != self._frame.more
        self._frame = frame
        if changed:
            self.redraw()

    def action_start(self) -> None:
        if not self._problem:
            self.dismiss(self._order)

    def action_seeds(self, more: int) -> None:
        self._seeds = min(MOST_SEEDS, max(1, self._seeds + more))
        self.redraw()

    @property
    def _order(self) -> Validate:
        return Validate(TOP, self._seeds)

    @property
    def _problem(self) -> str:
        """Why nothing can be started now; empty if it can."""
        if self._frame.study.outline is not None:
            return "Judged once all trials have been read."
        try:
            self._order.foreseen(self._frame, self._frame.now)
        except OrderRefusedError as error:
            return error.line
        return ""

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        study = self._frame.study
        if study.outline is not None:
            return paragraph(self._problem, width, sheet.pen("dim"))
        found = validation(study)
        drawn = [*self._ranking(found, sheet, width)] if found.results else []
        return [*drawn, *self._offer(found, sheet, width)]

    def _ranking(self, found: Validation, sheet: Sheet, width: int) -> Iterator[Text]:
        study = self._frame.study
        yield from _table(found.results, sheet, width)
        yield line()
        for said in winner_words(study, found):
            yield from paragraph(f"{said[:1].upper()}{said[1:]}.", width, sheet.pen("best"))
        baseline = f"Baseline: {found.baseline.worth}: {found.baseline.summary}."
        for said in (baseline, noise_words(found), ensemble_words(study, found)):
            yield from paragraph(f"{said[:1].upper()}{said[1:].rstrip('.')}.", width, sheet.pen("dim"))
        for result in found.results:
            for said in (*failure_words(result), *same_words(result)):
                yield from paragraph(f"▲ {said}", width, sheet.pen("warn"))
        yield line()

    def _offer(self, found: Validation, sheet: Sheet, width: int) -> Iterator[Text]:
        """What Enter would start, and what that costs."""
        study = self._frame.study
        missing = missing_runs(study, TOP, self._seeds)
        if found.results and not missing:
            said = f"All runs with {plural(self._seeds, 'seed')} each are there or under way: + asks for one more."
            yield from paragraph(said, width, sheet.pen("dim"))
            return
        if self._problem:
            yield from paragraph(self._problem, width, sheet.pen("dim"))
            return
        workers = sum(view.state is not WorkerState.LOST for view in self._frame.workers)
        lasting = seconds_left(study, TOP, self._seeds, max(1, workers))
        about = (
            "" if lasting is None else f", about {figures.about(lasting)} on {plural(max(1, workers), 'worker')}"
        )
        chosen = candidates(study, TOP)
        best = sum(not one.baseline for one in chosen)
        beside = " and the baseline" if best < len(chosen) else ""
        yield from paragraph(
            f"Enter runs the best {best}{beside} with {plural(self._seeds, 'seed')} each: "
            f"{plural(len(missing), 'more trial' if found.results else 'trial')}{about}.",
            width,
            sheet.pen("head"),
        )
        said = (
            "They go before the search and beyond its budget, and no pruner ends them. Each gets its seed from "
            "hpt_tui.trial_seed(trial) in your objective. hpt-tui validate does the same, and scores an ensemble."
        )
        yield from paragraph(said, width, sheet.pen("dim"))
        if not workers:
            yield from paragraph("No worker is alive to take them: + adds one.", width, sheet.pen("warn"))


def _table(results: Sequence[Result], sheet: Sheet, width: int) -> Iterator[Text]:
    """The ranking; what there is to remark of a row stands below it."""
    rows = [HEADINGS[:-1], *(cells(result)[:-1] for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS) - 1)]
    shown = [*range(len(widths))]
    if sum(widths) + 2 * len(widths) > width:
        shown.remove(SEARCH)
    told = ["", *(cells(result)[-1] for result in results)]
    for at, (row, remarks) in enumerate(zip(rows, told, strict=True)):
        pen = sheet.pen("head" if at == 0 else "best" if at == 1 else "text")
        yield line(("  ".join(row[column].rjust(widths[column]) for column in shown), pen))
        if remarks:
            yield line((f"{'':{widths[0] + 2}}{remarks}", sheet.pen("dim")))
