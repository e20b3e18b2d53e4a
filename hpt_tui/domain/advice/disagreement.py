"""G4: where the tiers and what was measured contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hpt_tui.domain.advice.thresholds import AdviceThresholds
from hpt_tui.domain.figures import percent, plain
from hpt_tui.domain.tiers import tier_of


def disagreements(importances: Mapping[str, float], limits: AdviceThresholds) -> Iterator[str]:
    """One sentence for each parameter that should matter and does not, or matters and should not; the names of
    unclassified ones promise nothing. ``importances`` add up to 1."""
    for name, importance in importances.items():
        tier = tier_of(name)
        if tier is None:
            continue
        measured = f"measured, it has {percent(importance)} of the effect"
        if tier <= limits.upper_tier and importance < limits.negligible:
            yield f"{plain(name)} is of tier {tier}; {measured}"
        if tier > limits.upper_tier and importance > limits.strong:
            yield f"{plain(name)} is only of tier {tier}; {measured}"
