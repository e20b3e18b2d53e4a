"""Numbers in the texts of advice."""

from __future__ import annotations

from hpt_tui.domain.figures import about


def hours(value: float) -> str:
    """GPU-hours: ``40 h``, ``1,000 h``, ``30 min``."""
    if value < 1:
        return about(value * 3600)
    return f"{value:,.0f} h" if value >= 100 else f"{value:.3g} h"


def counted(number: int, noun: str) -> str:
    """``1 trial``, ``5 trials``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def many(count: float) -> str:
    """``3,125``, ``1.5e+30``; a count that may be infinite."""
    return f"{count:,.0f}" if count < 1e9 else f"{count:.1e}"


def alternatives(words: tuple[str, ...]) -> str:
    """``grid or random``."""
    return " or ".join(words)
