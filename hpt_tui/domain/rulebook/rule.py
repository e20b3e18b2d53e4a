"""One rule of the guide, as hpt-tui follows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What ``hpt-tui check --explain`` prints, in our own words."""

    id: str
    """``G24.3``, ``C2`` …"""
    title: str
    """What the rule says."""
    reason: str
    correction: str
    """What to do about it, and where hpt-tui does or shows it."""
    flag: str = ""
    """The red flag that it raises, if it is one."""
