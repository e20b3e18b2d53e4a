"""A W&B sweep, as its YAML declares it: a search that somebody wrote for another tool (G35)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hpt_tui.domain.space import ParamValue, Range
from hpt_tui.domain.strategy import Strategy


@dataclass(frozen=True, slots=True)
class Hyperband:
    """``early_terminate``: when a run is compared with the others, in its own steps."""

    min_iter: int | None = None
    """The first comparison; the later ones are ``eta`` times as far. None where ``max_iter`` counts."""
    max_iter: int | None = None
    """Of which the comparisons are counted back, ``s`` of them."""
    s: int | None = None
    eta: float = 3.0
    strict: bool = False
    """Whether more runs are ended, as in the algorithm's paper."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about the file that the space and the other fields don't say: nothing is dropped in silence."""

    summary: str
    fix: str
    parameter: str = ""
    """The parameter that it is about; empty for the whole sweep."""
    wrong: bool = False
    """Whether it is a mistake in the file; else only something that is read as something similar, or not used."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep as declared. Parameters that are nested have the names of all levels, with dots between them."""

    name: str
    """Its own name, else the file's."""
    file: str
    space: Mapping[str, Range]
    """What is searched. A log range may start at 0, as the file may say so (C1): lint before use."""
    fixed: Mapping[str, ParamValue] = field(default_factory=dict)
    """The constants."""
    method: Strategy | None = None
    """None for one that hpt-tui doesn't know."""
    metric: str = ""
    direction: str = "minimize"
    target: float | None = None
    """The metric's value at which the sweep ends."""
    hyperband: Hyperband | None = None
    run_cap: int | None = None
    """How many runs the sweep has at most."""
    program: str = ""
    remarks: tuple[Remark, ...] = ()
