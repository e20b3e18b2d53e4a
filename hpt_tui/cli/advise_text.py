"""Advice as one page of text."""

from __future__ import annotations

from hpt_tui.cli.declarations import Declaration
from hpt_tui.cli.page import wrapped
from hpt_tui.domain.advice.advice import Advice
from hpt_tui.domain.advice.told import facts, told
from hpt_tui.domain.figures import plain

_LABEL = 10


def as_text(found: Declaration | None, advice: Advice) -> str:
    """All of it, 80 columns wide: what to do first, what it rests on last."""
    whose = "advice" if found is None else f"{plain(found.name)} ({found.origin.value})"
    lines = [*wrapped(f"{whose}: {facts(advice.situation)}", "", "  "), ""]
    label = ""
    for name, text in told(advice):
        lines += wrapped(text, f"{'' if name == label else name:{_LABEL}} ", " " * (_LABEL + 3))
        label = name
    return "\n".join(lines)
