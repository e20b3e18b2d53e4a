"""The parameters of a study, in the one order in which every list of them has them."""

from __future__ import annotations

import numpy as np

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trials import ParamColumn, Trials

FIRST = 64
"""So many trials are looked at first: nearly always the first one has the parameter."""


def parameters(study: StudySnapshot) -> tuple[str, ...]:
    """In the order in which they are suggested: the study file's, else the trials'; later ones come last."""
    names = dict.fromkeys(study.declared if study.from_file else ())
    names.update(dict.fromkeys(_met(study.trials)))
    names.update(dict.fromkeys(study.declared))
    return tuple(names)


def _met(trials: Trials) -> tuple[str, ...]:
    """Those that any trial has, as one meets them from the first trial on."""
    params = trials.columns.params

    def met() -> tuple[str, ...]:
        first = {name: at for name, column in params.items() if (at := _first(column)) is not None}
        return tuple(sorted(first, key=first.__getitem__))

    return trials.derive("parameters", (params,), met)


def _first(column: ParamColumn) -> int | None:
    """The place of the first trial that has the parameter."""
    for drawn in (column.drawn[:FIRST], column.drawn):
        at = int(np.argmax(drawn >= 0)) if len(drawn) else 0
        if len(drawn) and drawn[at] >= 0:
            return at
    return None
