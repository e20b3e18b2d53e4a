"""Figures with what they are held against, as a table that people read and as JSON that programs do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 58


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value, or a ratio of two (its unit is then "x")."""

    group: str
    what: str
    value: float
    unit: str = "x"
    most: float | None = None
    """At most this much is the target."""
    least: float | None = None
    """At least this much is."""

    @property
    def target(self) -> str:
        if self.most is not None:
            return f"<= {written(self.most)} {self.unit}"
        return "" if self.least is None else f">= {written(self.least)} {self.unit}"

    @property
    def met(self) -> bool | None:
        """None where there is no target."""
        if self.most is not None:
            return self.value <= self.most
        return None if self.least is None else self.value >= self.least

    def as_json(self) -> dict[str, object]:
        value = self.value if math.isfinite(self.value) else None
        return {
            "group": self.group,
            "what": self.what,
            "value": value,
            "unit": self.unit,
            "target": self.target or None,
            "met": self.met,
        }


def written(value: float) -> str:
    """Three digits that count."""
    if not math.isfinite(value):
        return "-"
    if value == 0:
        return "0"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(decimals, 4)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def heading(group: str) -> str:
    return f"\n{group}"


def line(figure: Figure) -> str:
    verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
    value = f"{written(figure.value):>10} {figure.unit:<10}"
    return f"  {figure.what:<{WIDTH}} {value} {figure.target:<18} {verdict}".rstrip()


def table(figures: Sequence[Figure]) -> str:
    lines: list[str] = []
    before = ""
    for figure in figures:
        if figure.group != before:
            lines.append(heading(figure.group))
            before = figure.group
        lines.append(line(figure))
    return "\n".join(lines)
