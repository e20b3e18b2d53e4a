"""Which trials a filter lets through: the tree of :mod:`hpt_tui.domain.filter_syntax` over the columns of a study.

Numbers are compared as they are shown. A condition about something that a trial does not have is not met.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain import quantities
from hpt_tui.domain.figures import plain
from hpt_tui.domain.filter_comparison import Scope, comparison, equal, in_states, meant_by, there, unknown
from hpt_tui.domain.filter_syntax import (
    All,
    Comparison,
    Either,
    FilterError,
    Node,
    Not,
    Property,
    Text,
    Word,
    parse,
)
from hpt_tui.domain.quantities import TIME
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import Mark, Mask, Trials

EVERYTHING = All(())
FEATURES = ("note", "value")
"""What ``has:`` knows beside parameters."""
KINDS = (
    "best",
    "baseline",
    "finished",
    "noted",
    "starred",
    "by-hand",
    "non-finite",
    "infeasible",
    "validation",
    *map(str, TrialState),
)
"""What ``is:`` knows."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that was read: its tree, or why it cannot be read."""

    node: Node = EVERYTHING
    problem: str = ""
    running: bool = False
    """Whether what it lets through changes with the time."""


def read(text: str, study: StudySnapshot, now: float) -> Filter:
    """The filter that ``text`` stands for in ``study``; its problem says what was expected where."""
    try:
        node = parse(text)
        _mask(node, Scope(study, now))
    except FilterError as why:
        return Filter(problem=plain(str(why)))
    return Filter(node, running=_asks_time(node, study))


def passing(wanted: Filter, study: StudySnapshot, now: float) -> Mask | None:
    """(n,) which trials ``wanted`` lets through; None for all of them. A filter that cannot be read, or not any
    more in this study, lets all through."""
    if wanted.node == EVERYTHING:
        return None
    try:
        return _mask(wanted.node, Scope(study, now))
    except FilterError:
        return None


def _asks_time(node: Node, study: StudySnapshot) -> bool:
    match node:
        case All(parts) | Either(parts):
            return any(_asks_time(part, study) for part in parts)
        case Not(part):
            return _asks_time(part, study)
        case Comparison(name) | Property(name):
            return TIME in meant_by(name, study)
    return False


def _mask(node: Node, scope: Scope) -> Mask:
    match node:
        case All(parts):
            return _combined(np.logical_and, parts, scope)
        case Either(parts):
            return _combined(np.logical_or, parts, scope)
        case Not(part):
            return ~_mask(part, scope)
        case Word(word):
            return _word(word, scope)
        case Comparison(name, sign, value):
            return comparison(name, sign, value, scope)
        case Property(name, value):
            return _property(name, value, scope)


def _combined(join: Callable[[Mask, Mask], Mask], parts: tuple[Node, ...], scope: Scope) -> Mask:
    if not parts:
        return ~scope.nobody
    first, *others = (_mask(part, scope) for part in parts)
    for other in others:
        first = join(first, other)
    return first


# Words and properties


def _word(word: Text, scope: Scope) -> Mask:
    trials, text = scope.trials, word.text.lower()
    if not word.quoted and re.fullmatch(r"#?[0-9]+", text):
        mask = scope.nobody
        if (place := trials.place(int(text.lstrip("#")[:18]))) is not None:
            mask[place] = True
        return mask
    states = [] if word.quoted else [s for s in TrialState if s.startswith(text)]
    mask = in_states(states, trials)
    found = bool(states)
    for name in trials.columns.params:
        hit, among = _choice(name, lambda option: text in option.lower(), scope)
        mask, found = mask | among, found or hit
    if not found and meant_by(word, scope.study):
        # Somebody who is about to write a comparison does not want an empty table meanwhile.
        name = plain(word.text)
        raise FilterError(f"{name!r} is a name; compare it, as in {name}<1e-3, or say has:{name}")
    return mask


def _choice(name: str, fits: Callable[[str], bool], scope: Scope) -> tuple[bool, Mask]:
    """Whether any text option of a parameter fits, and the trials that chose such a one."""
    column = scope.trials.columns.params[name]
    if not any(isinstance(range_, Choices) for range_ in column.ranges):
        return False, scope.nobody
    picked = quantities.chosen(scope.trials, name)
    fitting = [isinstance(option, str) and fits(option) for option in picked.options]
    return any(fitting), np.array(fitting)[picked.at] if any(fitting) else scope.nobody


def _property(name: Text, value: Text, scope: Scope) -> Mask:
    known = {"state": _state, "has": _has, "is": _is, "worker": _worker}
    if not name.quoted and (ask := known.get(name.text.lower())) is not None:
        return ask(value, scope)
    return equal(name, value, scope, part=True)


def _state(value: Text, scope: Scope) -> Mask:
    states = [s for s in TrialState if s.startswith(value.text.lower())]
    if not states:
        raise FilterError(f"no state {value.text!r} (there are: {', '.join(TrialState)})")
    return in_states(states, scope.trials)


def _has(value: Text, scope: Scope) -> Mask:
    if not value.quoted and value.text.lower() in ("note", "notes"):
        return scope.trials.marked(Mark.NOTED)
    meant = meant_by(value, scope.study)
    if not meant:
        raise unknown(value, scope.study, FEATURES)
    mask = scope.nobody
    for quantity in meant:
        mask |= there(quantity, scope)
    return mask


def _is(value: Text, scope: Scope) -> Mask:
    text, trials = value.text.lower(), scope.trials
    meant = [kind for kind in KINDS if kind == text] or [kind for kind in KINDS if kind.startswith(text)]
    if not meant:
        raise FilterError(f"nothing is {value.text!r} (there are: {', '.join(KINDS)})")
    mask = scope.nobody
    for kind in meant:
        mask |= _of_kind(kind, scope, trials)
    return mask


def _of_kind(kind: str, scope: Scope, trials: Trials) -> Mask:
    marks = {
        "baseline": Mark.BASELINE,
        "noted": Mark.NOTED,
        "starred": Mark.STARRED,
        "by-hand": Mark.BY_HAND,
        "non-finite": Mark.NON_FINITE,
        "infeasible": Mark.INFEASIBLE,
    }
    if kind in marks:
        return trials.marked(marks[kind])
    if kind == "validation":
        return trials.validating
    if kind == "finished":
        return trials.finished
    if kind == "best":
        mask, best = scope.nobody, scope.study.best
        if best is not None and (place := trials.place(best.number)) is not None:
            mask[place] = True
        return mask
    return trials.in_state(TrialState(kind))


def _worker(value: Text, scope: Scope) -> Mask:
    c, text = scope.trials.columns, value.text.lower()
    return np.array([text in worker.lower() for worker in c.worker_ids])[c.workers]
