"""The conditions of a filter that compare something by its name: ``lr<1e-3``, ``optimizer=sgd``, ``time<2m``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain import durations, quantities
from hpt_tui.domain.figures import plain
from hpt_tui.domain.filter_syntax import FilterError, Text
from hpt_tui.domain.quantities import NUMBER, PARAM, STATE, STEPS, TIME, VALUE, WORKER, Floats
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import Mask, Trials

NEAR = 1e-9
"""Relative; numbers that differ by less are shown alike."""
_LISTED = 20
"""How many names a message lists, each of at most so many characters:"""
_LETTERS = 40


@dataclass(frozen=True, slots=True)
class Scope:
    """The study whose trials are filtered, and when."""

    study: StudySnapshot
    now: float

    @property
    def trials(self) -> Trials:
        return self.study.trials

    @property
    def nobody(self) -> Mask:
        return np.zeros(len(self.trials), np.bool_)


def comparison(name: Text, sign: str, value: Text, scope: Scope) -> Mask:
    if sign == "=":
        return equal(name, value, scope, part=False)
    if sign == "!=":
        having = scope.nobody
        for quantity in _named(name, scope.study):
            having |= there(quantity, scope)
        return having & ~equal(name, value, scope, part=False)
    mask = scope.nobody
    measured = [quantity for quantity in _named(name, scope.study) if quantity not in (STATE, WORKER)]
    if not measured:
        raise FilterError(f"{name.text!r} is no number; ask for a part of it, as in {name.text}:{value.text}")
    for quantity in measured:
        limit = _limit(value, quantity)
        if limit is None:
            written = f"{name.text}{sign}{value.text}"
            raise FilterError(f"cannot read {plain(written)!r}: {value.text!r} is not a number")
        mask |= _compared(quantities.comparable(scope.study, quantity, scope.now), sign, limit)
    return mask


def equal(name: Text, value: Text, scope: Scope, *, part: bool) -> Mask:
    """Equal as a number or as a text; with ``part``, of a choice a part of the text is enough."""
    mask, text = scope.nobody, value.text.lower()
    for quantity in _named(name, scope.study):
        if quantity == STATE:
            mask |= (
                in_states([s for s in TrialState if s.startswith(text)], scope.trials)
                if part
                else in_states([s for s in TrialState if s == text], scope.trials)
            )
            continue
        if quantity == WORKER:
            c = scope.trials.columns
            mask |= np.array([text == w.lower() or (part and text in w.lower()) for w in c.worker_ids])[c.workers]
            continue
        limit = None if value.quoted else _limit(value, quantity)
        if limit is not None:
            mask |= _compared(quantities.comparable(scope.study, quantity, scope.now), "=", limit)
        if quantity.removeprefix(PARAM) in scope.trials.columns.params and quantity.startswith(PARAM):
            mask |= _among(quantity.removeprefix(PARAM), text, scope, part=part)
    return mask


def _among(name: str, text: str, scope: Scope, *, part: bool) -> Mask:
    """The trials whose choice reads ``text``, be it a word, True, False or None."""
    picked = quantities.chosen(scope.trials, name)
    has = scope.trials.columns.params[name].has

    def fits(option: object) -> bool:
        if isinstance(option, str):
            return text in option.lower() if part else text == option.lower()
        return (option is None or isinstance(option, bool)) and str(option).lower() == text

    none_chosen = picked.at == len(picked.options) - 1
    mask: Mask = np.array([fits(option) for option in picked.options])[picked.at] & has & ~none_chosen
    return mask


def in_states(states: Iterable[TrialState], trials: Trials) -> Mask:
    mask = np.zeros(len(trials), np.bool_)
    for state in states:
        mask |= trials.in_state(state)
    return mask


def there(quantity: str, scope: Scope) -> Mask:
    if quantity.startswith(PARAM):
        column = scope.trials.columns.params.get(quantity.removeprefix(PARAM))
        return scope.nobody if column is None else column.has
    if quantity in (STATE, WORKER):
        return ~scope.nobody
    return ~np.isnan(quantities.comparable(scope.study, quantity, scope.now))


def _compared(numbers: Floats, sign: str, limit: float) -> Mask:
    near = np.abs(numbers - limit) <= NEAR * abs(limit) if math.isfinite(limit) else numbers == limit
    match sign:
        case "=":
            return near
        case "<":
            return (numbers < limit) & ~near
        case ">":
            return (numbers > limit) & ~near
        case "<=":
            return (numbers < limit) | near
    return (numbers > limit) | near


def _limit(value: Text, quantity: str) -> float | None:
    """The number that is compared with; None if it is none. A time may have units: ``90``, ``2m``, ``1h30m``."""
    if quantity == TIME and (seconds := durations.seconds(value.text)) is not None:
        return seconds
    try:
        return float(value.text)
    except ValueError:
        return None


# Names


def names(study: StudySnapshot) -> dict[str, str]:
    """Everything that can be compared: names and their quantities. A parameter goes before what else has its
    name."""
    found = {name: PARAM + name for name in dict.fromkeys((*study.trials.columns.params, *study.declared))}
    others = {study.metric: VALUE, "value": VALUE, "step": STEPS, "time": TIME, "number": NUMBER, "state": STATE}
    others |= {"worker": WORKER, "steps": STEPS, "duration": TIME, "#": NUMBER}
    for at in range(len(study.directions)):
        others[f"value{at}"] = f"{VALUE}:{at}" if at else VALUE
    return found | {name: quantity for name, quantity in others.items() if name not in found}


def _named(name: Text, study: StudySnapshot) -> tuple[str, ...]:
    meant = meant_by(name, study)
    if not meant:
        raise unknown(name, study)
    return meant


def meant_by(name: Text, study: StudySnapshot) -> tuple[str, ...]:
    """The quantities of that name; else of that name with other capitals; else those that begin so."""
    known, folded = names(study), _folded(name.text)
    if name.quoted:
        known = {k: q for k, q in known.items() if q.startswith(PARAM)} or known
    if name.text in known:
        return (known[name.text],)
    alike = [q for k, q in known.items() if _folded(k) == folded]
    return tuple(dict.fromkeys(alike or [q for k, q in known.items() if folded and _folded(k).startswith(folded)]))


def _folded(name: str) -> str:
    return plain(name).lower()


def unknown(name: Text, study: StudySnapshot, also: tuple[str, ...] = ()) -> FilterError:
    known = [plain(n) for n in dict.fromkeys((*names(study), *also))]
    listed = [n if len(n) <= _LETTERS else n[:_LETTERS] + "…" for n in known[:_LISTED]]
    listed += ["…"] if len(known) > _LISTED else []
    return FilterError(f"no parameter {plain(name.text)!r} (there are: {', '.join(listed)})")
