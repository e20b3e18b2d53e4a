"""The thresholds of every rule, and changing some of them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE, AdviceThresholds
from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS, Thresholds
from hpt_tui.domain.lint.thresholds import DEFAULT_LIMITS, LintThresholds
from hpt_tui.errors import InputError

T = TypeVar("T", Thresholds, LintThresholds, AdviceThresholds)
Number = int | float

GROUPS = ("flags", "lint", "advice")
"""Whose thresholds there are, by the names that the configuration has for them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a study is judged by. What lint goes by holds for advice, too."""

    flags: Thresholds = DEFAULT_THRESHOLDS
    lint: LintThresholds = DEFAULT_LIMITS
    advice: AdviceThresholds = DEFAULT_ADVICE

    def changed(self, changes: Mapping[str, Mapping[str, object]], where: str) -> Limits:
        """With other thresholds by group and name; ``where`` says in an error where they were given.

        Raises:
            InputError: there is no such group or threshold, or its value is no number of its kind.
        """
        if unknown := sorted(changes.keys() - set(GROUPS)):
            raise InputError(f"{where} {unknown[0]}", "there are no such thresholds", f"there are {_list(GROUPS)}")
        lint = _adjusted(self.lint, changes.get("lint", {}), f"{where} [lint]")
        return Limits(
            _adjusted(self.flags, changes.get("flags", {}), f"{where} [flags]"),
            lint,
            replace(_adjusted(self.advice, changes.get("advice", {}), f"{where} [advice]"), lint=lint),
        )


STANDARD = Limits()


def thresholds(of: Thresholds | LintThresholds | AdviceThresholds) -> Iterator[tuple[str, Number]]:
    """Their names and values, in the order in which they are documented."""
    for field in fields(of):
        value = getattr(of, field.name)
        if isinstance(value, (int, float)):
            yield field.name, value


def _adjusted(standard: T, changes: Mapping[str, object], where: str) -> T:
    known = dict(thresholds(standard))
    found: dict[str, Number] = {}
    for name, value in changes.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 3) or sorted(known)[:3]
            raise InputError(f"{where} {name}", "there is no such threshold", f"there are {_list(near)} …")
        found[name] = _checked(value, known[name], f"{where} {name}")
    return replace(standard, **found)  # type: ignore[arg-type]


def _checked(value: object, standard: Number, where: str) -> Number:
    """A number of the kind of ``standard``: not negative, whole for a count, up to 1 for a share below 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise InputError(where, f"{value!r} is no number from 0 on", f"its usual value is {standard}")
    if isinstance(standard, int) and value != int(value):
        raise InputError(where, f"{value!r} is no whole number", f"its usual value is {standard}")
    return int(value) if isinstance(standard, int) else float(value)


def _list(names: object) -> str:
    return ", ".join(map(str, names)) if isinstance(names, (list, tuple)) else str(names)
