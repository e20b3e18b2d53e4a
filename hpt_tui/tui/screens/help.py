"""Every key, grouped, and what the alerts mean."""

from __future__ import annotations

from itertools import groupby

from rich.text import Text

from hpt_tui.tui.keys import GESTURES, KEYS, PALETTE_KEY
from hpt_tui.tui.screens.page import Page, Sheet, paragraph
from hpt_tui.tui.text import line, wrap
from hpt_tui.tui.words import BASELINE, BEST, MARKED, SEVERITY_SIGNS, STATE_SIGNS

FLAGS = (
    "An alert says what was measured and what it means; Enter shows the evidence, the likely cause and the fix.",
    "edge: the best values of a parameter crowd at one end of its range, so better ones may lie beyond. Widen it.",
    "spiky-loss, early-death: losses jump, turn NaN or kill trials early. Usually the learning rate is too high.",
    "over-pruned: so much is pruned that a slow starter may be lost. Give trials more steps before pruning.",
    "all-alike: the trials hardly differ. The searched parameters may not matter, or their ranges are too narrow.",
    "baseline-wins: no trial beats the default configuration. Look at the ranges before you spend more.",
)


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
        drawn += [line(("Alerts", sheet.pen("head")))]
        for sentence in FLAGS:
            drawn += paragraph(sentence, width, sheet.pen("text"), indent=2)
        states = "  ".join(f"{sign} {state}" for state, sign in STATE_SIGNS.items())
        severities = "  ".join(f"{sign} {severity}" for severity, sign in SEVERITY_SIGNS.items())
        marks = f"{BEST} best  {BASELINE} baseline  {MARKED} marked"
        return [
            *drawn,
            line(),
            line(("Signs", sheet.pen("head"))),
            *(line("  " + s) for s in (states, severities, marks)),
        ]


def _rows(sheet: Sheet, rows: list[tuple[str, str]], width: int) -> list[Text]:
    drawn = []
    for key, text in rows:
        first, *rest = wrap(text, max(10, width - 16))
        drawn.append(line((f"  {key:<14}", sheet.pen("key")), first))
        drawn += [line(" " * 16, part) for part in rest]
    return drawn
