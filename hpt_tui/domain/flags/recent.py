"""The newest trials that ended by themselves, and the reasons that they left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import islice

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.trials import Mark, Places, Trials

INTERRUPTED = "interrupted"
"""How the reason of a trial begins whose worker was stopped or lost: that says nothing of its configuration."""
REASON_WIDTH = 80


def ended(trials: Trials) -> Places:
    """Those that nobody ended by hand."""
    c = trials.columns
    return trials.derive(
        "ended", (c.states, c.marks), lambda: np.flatnonzero(trials.finished & ~trials.marked(Mark.BY_HAND))
    )


def recent(trials: Trials, limits: Thresholds) -> Places:
    """The newest that ended by themselves, oldest first."""
    newest = (int(place) for place in ended(trials)[::-1])
    found = [*islice((place for place in newest if not interrupted(trials, place)), limits.recent)]
    return np.array(found[::-1], dtype=np.intp)


def interrupted(trials: Trials, place: int) -> bool:
    c = trials.columns
    return c.reasons.get(int(c.numbers[place]), "")[: len(INTERRUPTED)].lower() == INTERRUPTED


def commonest_reason(trials: Trials, numbers: Iterable[int]) -> str:
    """The reason that most of these trials left, on one line, and how many did; empty if none left one."""
    texts = (trials.columns.reasons.get(number, "") for number in numbers)
    reasons = Counter(_one_line(text) for text in texts if text.strip())
    if not reasons:
        return ""
    text, times = reasons.most_common(1)[0]
    return f"{text} ({times} x)"


def _one_line(reason: str) -> str:
    text = " ".join(figures.plain(reason).split())
    return text if len(text) <= REASON_WIDTH else text[: REASON_WIDTH - 1] + "…"
