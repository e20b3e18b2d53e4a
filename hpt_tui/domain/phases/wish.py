"""How a plan is asked for: ``phases``, ``phases:explore=40,refine=20,top=3,seeds=3``, ``staged``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE
from hpt_tui.domain.candidates import MOST_SEEDS, MOST_TOP
from hpt_tui.domain.phases.plan import EXPLORE, REFINE, VALIDATE, PlanKind, PlannedPhase

MOST = 1_000_000
"""Trials of a phase: more is a slip of the finger."""
_USUAL: Mapping[str, int] = {
    "explore": DEFAULT_ADVICE.explore,
    "refine": DEFAULT_ADVICE.refine,
    "top": DEFAULT_ADVICE.finalists,
    "seeds": DEFAULT_ADVICE.seeds,
}
"""The sizes of ``phases`` (G17, guide)."""
_LEAST: Mapping[str, int] = {"explore": 1, "refine": 1, "top": 0, "seeds": 2}
"""Nothing is validated of the best 0; one seed would tell nothing of the noise."""
_MOST: Mapping[str, int] = {"explore": MOST, "refine": MOST, "top": MOST_TOP, "seeds": MOST_SEEDS}


@dataclass(frozen=True, slots=True)
class PlanWish:
    """A plan and its sizes, as somebody asked for it."""

    kind: PlanKind
    sizes: tuple[tuple[str, int], ...] = ()
    """Those that were named, in the order of :data:`_USUAL`."""

    @property
    def phases(self) -> tuple[PlannedPhase, ...]:
        """Of ``phases``; those of ``staged`` follow from the space."""
        size = {**_USUAL, **dict(self.sizes)}
        top, seeds = size["top"], size["seeds"]
        searched = PlannedPhase(EXPLORE, size["explore"]), PlannedPhase(REFINE, size["refine"])
        return (*searched, PlannedPhase(VALIDATE, top * seeds, top=top, seeds=seeds)) if top else searched

    @property
    def text(self) -> str:
        """As :func:`parse_plan` reads it."""
        sizes = ",".join(f"{name}={size}" for name, size in self.sizes)
        return f"{self.kind}:{sizes}" if sizes else self.kind.value


def parse_plan(text: str) -> PlanWish:
    """Read a plan.

    Raises:
        ValueError: with what is wrong, as a sentence.
    """
    name, _, told = text.strip().partition(":")
    if name not in tuple(PlanKind):
        raise ValueError(f"a plan is one of {', '.join(PlanKind)}, not {name!r}")
    kind = PlanKind(name)
    given: dict[str, int] = {}
    for part in filter(None, (p.strip() for p in told.split(","))):
        key, equals, number = (x.strip() for x in part.partition("="))
        if kind is PlanKind.STAGED:
            raise ValueError("staged takes no sizes: it shares out the budget (--trials) by the tiers")
        if key not in _USUAL or not equals:
            raise ValueError(f"phases takes {', '.join(f'{k}=N' for k in _USUAL)}, not {part!r}")
        if key in given:
            raise ValueError(f"{key} is given twice")
        given[key] = _size(key, number)
    return PlanWish(kind, tuple((key, given[key]) for key in _USUAL if key in given))


def _size(key: str, text: str) -> int:
    least, most = _LEAST[key], _MOST[key]
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most and len(text) <= 9):
        raise ValueError(f"{key} is a whole number from {least} to {most:,}, not {text!r}")
    return int(text)
