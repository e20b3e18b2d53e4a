"""Every key, grouped, what the alerts mean, and the quick decisions of a search (G36)."""

from __future__ import annotations

from itertools import groupby

from rich.text import Text

from hpt_tui.domain.advice.tree import SAID, TREE
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.worker import WorkerState
from hpt_tui.tui.keys import GESTURES, KEYS, PALETTE_KEY
from hpt_tui.tui.screens.page import Page, Sheet, paragraph
from hpt_tui.tui.text import line, wrap
from hpt_tui.tui.unread import UNHEARD
from hpt_tui.tui.words import BASELINE, BEST, CHOSEN, INFEASIBLE, MARKED, SEVERITY_SIGNS, STATE_SIGNS, WORKER_SIGNS

STATES = {
    TrialState.WAITING: "waiting: nothing has begun yet",
    TrialState.RUNNING: "running, training",
    TrialState.COMPLETE: "complete, finished, nothing wrong",
    TrialState.PRUNED: "pruned",
    TrialState.FAILED: "failed, lost; at a curve: NaN or infinite",
}
FLAGS = (
    "An alert says what was measured and what it means; Enter shows the evidence, the likely cause and the fix.",
    "edge: the best values of a parameter crowd at one end of its range, so better ones may lie beyond. Widen it.",
    "spiky-loss, early-death: losses jump, turn NaN or kill trials early. Usually the learning rate is too high.",
    "over-pruned: so much is pruned that a slow starter may be lost. Give trials more steps before pruning.",
    "all-alike: the trials hardly differ. The searched parameters may not matter, or their ranges are too narrow.",
    "baseline-wins: no trial beats the default configuration. Look at the ranges before you spend more.",
)
FILTER = (
    ("lr<1e-3", "Compare a parameter, value (the metric), step, time (90, 2m, 1h30m) or #: < <= > >= = !="),
    ("optimizer:ada", "A part of a choice; = asks for all of it."),
    ("state:pruned", "A state, or its beginning. So does a word alone, which also finds parts of choices."),
    (
        "is:best",
        "Also baseline, finished, noted, starred, by-hand, non-finite, infeasible, validation, a state.",
    ),
    ("has:note", "Also has:value, and has:lr for trials with that parameter."),
    ("worker:gpubox", "A part of the worker's name."),
    ("31 or #31", "A trial by its number."),
    ("and or not ( )", "Side by side means and. not, or a - in front, binds closest, then and, then or."),
    ('"my lr">0.1', "Names with blanks or signs go into double quotes. Capitals don't matter."),
)
"""What the filter understands, by examples."""


SIGNS: tuple[tuple[str, str], ...] = (
    *((STATE_SIGNS[state], text) for state, text in STATES.items()),
    (WORKER_SIGNS[WorkerState.PAUSED], "paused"),
    (WORKER_SIGNS[WorkerState.LEAVING], "leaving: a worker ends after its trial"),
    ("■", "stopping, stopped"),
    (UNHEARD, "no answer yet: a study that is opened or stale, a worker that has not taken up the newest order"),
    ("○", "watching only: the first order asks before it is given"),
    (BEST, "the best trial"),
    (BASELINE, "the baseline: the default configuration"),
    (INFEASIBLE, "infeasible: it violates a constraint, so it cannot be the best"),
    (MARKED, "marked, to compare its curve"),
    (CHOSEN, "chosen: where the cursor is"),
    *((sign, f"an alert: {severity}") for severity, sign in SEVERITY_SIGNS.items()),
    ("↑ ↓", "sorted upwards, downwards"),
    ("→", "further columns to the right"),
    ("–", "unknown"),
)
"""Every sign on the screen, and its one meaning."""


class Help(Page[None]):
    """The page behind the ``?`` key."""

    title_text = "Keys and signs"

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        rows: list[tuple[str, str]]
        drawn: list[Text] = []
        for group, keys in groupby(KEYS, key=lambda k: k.group):
            rows = [(k.shown, k.help) for k in keys]
            if group.startswith("Move"):
                rows = [*GESTURES, *rows]
            if group.startswith("Everything"):
                rows.append((PALETTE_KEY, "Open the palette: every act by its name."))
            drawn += [line((group, sheet.pen("head"))), *_rows(sheet, rows, width), line()]
        drawn += [line(("The filter", sheet.pen("head"))), *_rows(sheet, list(FILTER), width), line()]
        drawn += [line(("Alerts", sheet.pen("head")))]
        for sentence in FLAGS:
            drawn += paragraph(sentence, width, sheet.pen("text"), indent=2)
        drawn += [line(), line(("Signs", sheet.pen("head"))), *_rows(sheet, list(SIGNS), width), line()]
        return [*drawn, *_decisions(sheet, width)]


def _rows(sheet: Sheet, rows: list[tuple[str, str]], width: int) -> list[Text]:
    drawn = []
    for key, text in rows:
        first, *rest = wrap(text, max(10, width - 16))
        drawn.append(line((f"  {key:<14}", sheet.pen("key")), first))
        drawn += [line(" " * 16, part) for part in rest]
    return drawn


def _decisions(sheet: Sheet, width: int) -> list[Text]:
    """The tree and the answers; of this search in particular the advice page tells."""
    drawn = [line(("Quick decisions", sheet.pen("head")))]
    for case, answer in TREE:
        said = f"{case}: {answer}" if answer else case
        drawn += paragraph(said, width, sheet.pen("text" if answer else "strong"), indent=4 if answer else 2)
    drawn += [line(), line(("Often said, and what to answer", sheet.pen("head")))]
    for said, answer in SAID:
        drawn += paragraph(f'"{said}" {answer}', width, sheet.pen("text"), indent=2)
    return drawn
