"""The table behind ``hpt-tui check --explain``: every rule that is code somewhere, once."""

from __future__ import annotations

from hpt_tui.domain.rulebook.corrections import CORRECTIONS
from hpt_tui.domain.rulebook.planning import PLANNING
from hpt_tui.domain.rulebook.red_flags import RED_FLAGS
from hpt_tui.domain.rulebook.rule import Rule

__all__ = ["RULEBOOK", "Rule", "find_rules"]

RULEBOOK: tuple[Rule, ...] = (*PLANNING, *RED_FLAGS, *CORRECTIONS)


def find_rules(wanted: str) -> tuple[Rule, ...]:
    """Those of that id or flag, capitals aside; ``G24`` is all of G24. Empty if there is none."""
    asked = wanted.strip().lower()
    return tuple(
        rule
        for rule in RULEBOOK
        if asked and (rule.id.lower() == asked or rule.flag == asked or rule.id.lower().startswith(asked + "."))
    )
