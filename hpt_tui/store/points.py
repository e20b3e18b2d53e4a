"""What trials logged, by metric and step."""

from __future__ import annotations

from collections.abc import Mapping

from hpt_tui.domain.trial import Curve
from hpt_tui.store import keys

Points = dict[str, dict[int, float]]
"""Metric -> step -> value."""


def points_from_attributes(attributes: Mapping[str, object]) -> Points:
    """What a trial logged into its own user attributes (storages without SQL)."""
    found: Points = {}
    for key in sorted(k for k in attributes if k.startswith(keys.TRIAL_LOG)):
        rows = attributes[key]
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, list) and len(row) == 2 and isinstance(row[0], int):
                add_entries(found, row[0], row[1])
    return found


def add_entries(points: Points, step: int, entries: object) -> None:
    """Add what was logged at one step, metric by metric; what is no number is left out."""
    if not isinstance(entries, dict):
        return
    for metric, value in entries.items():
        if isinstance(value, (int, float)):
            points.setdefault(str(metric), {})[step] = float(value)


def to_curves(number: int, points: Points) -> tuple[Curve, ...]:
    """One curve a metric, by name."""
    return tuple(
        Curve.of(number, metric, sorted(steps), [steps[s] for s in sorted(steps)])
        for metric, steps in sorted(points.items())
    )
