"""Ranges and names in the texts of findings."""

from __future__ import annotations

from collections.abc import Iterable

from hpt_tui.domain import figures
from hpt_tui.domain.space import Choices, Range

_SHOWN = 8


def number(value: float) -> str:
    """Four significant digits, no more than it takes: ``0.0003``, ``1e-05``."""
    return f"{value:.4g}"


def times(factor: float) -> str:
    """Three significant digits: ``5.66``."""
    return f"{factor:.3g}"


def span(low: float, high: float) -> str:
    return f"{number(low)} .. {number(high)}"


def in_words(range_: Range) -> str:
    """``0.0001 .. 0.1, log``, ``16 .. 256 in steps of 16``, ``sgd, adamw``."""
    if isinstance(range_, Choices):
        shown = [figures.plain(str(option)) for option in range_.options[:_SHOWN]]
        return ", ".join([*shown, "…"] if len(range_.options) > _SHOWN else shown)
    steps = f" in steps of {number(range_.step)}" if range_.step not in (None, 1) else ""
    return span(range_.low, range_.high) + steps + (", log" if range_.log else "")


def listed(names: Iterable[str]) -> str:
    """``lr``, ``lr and wd``, ``lr, wd and width``; control characters taken out."""
    shown = [figures.plain(name) for name in names]
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else ""
