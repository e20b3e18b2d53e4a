"""What a fork of a study would be: its name, what it declares anew, which trials go along. Nothing is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.event import Event
from hpt_tui.domain.redeclare import Redeclaration, declared_text, drawn_for, fits, redeclared
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, Range
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import Mask, ParamColumn
from hpt_tui.errors import OrderRefusedError

_NUMBERED = re.compile(r"(.*)-([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Fork:
    """A successor of a study: what is declared anew in it."""

    study: str
    """The one that it is made of."""
    name: str
    before: Mapping[str, Range]
    """By parameter, what is in force now; ``after``, of the same parameters, what the successor declares."""
    after: Mapping[str, Range]

    @property
    def changes(self) -> str:
        """``optimizer: sgd, adamw → sgd, adamw, lion``; hostile text."""
        named = (f"{n}: {declared_text(old)} → {declared_text(self.after[n])}" for n, old in self.before.items())
        return "; ".join(named)

    def events(self, at: float) -> tuple[Event, Event]:
        """What is recorded in the study, and in its successor."""
        return (
            Event(at, "", "fork", f"into {self.name}", "", self.changes),
            Event(at, "", "forked-from", self.study, "", self.changes),
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """Which trials a fork takes over, as far as they are known."""

    finished: int
    kept: int
    """Of the finished ones."""
    misfits: Mapping[str, int]
    """By parameter, how many finished trials have a value that the successor cannot have."""
    running: int
    waiting: int

    @property
    def dropped(self) -> int:
        return self.finished - self.kept


def plan_fork(study: StudySnapshot, changes: Sequence[Redeclaration], name: str) -> Fork:
    """The fork of ``study`` with these changes.

    Raises:
        OrderRefusedError: a change makes no sense, there is none, the study has gone on elsewhere, or it is
            searched by hand: that loop goes by the numbers of its trials, which a fork may change.
    """
    if study.control.by_hand:
        raise OrderRefusedError(
            study.name, "is searched by hand", "go on into the search first: hpt-tui run, or s on B"
        )
    if study.control.moved_to and study.successor != name:
        raise OrderRefusedError(study.name, f"goes on in its fork {study.successor}", "fork that one")
    if study.successor not in ("", name):
        problem = f"a fork of it, {study.successor}, has been begun"
        raise OrderRefusedError(study.name, problem, f"finish it first: --name {study.successor}")
    if name == study.name or not name.strip():
        raise OrderRefusedError(name or "the fork", "needs a name of its own")
    before: dict[str, Range] = {}
    after: dict[str, Range] = {}
    for change in changes:
        current = study.space.get(change.parameter)
        if current is None:
            known = ", ".join(sorted(study.space)) or "none yet"
            raise OrderRefusedError(change.parameter, "there is no such parameter", f"the study has: {known}")
        before[change.parameter], after[change.parameter] = current, redeclared(current, change)
        _check_the_code(study, change.parameter, after[change.parameter])
    if not after:
        raise OrderRefusedError("the fork", "changes nothing", "say what is to be declared anew")
    return Fork(study.name, name, before, after)


def kept(study: StudySnapshot, fork: Fork) -> Kept:
    """How many trials go along; ``study`` has been read to its end."""
    trials = study.trials
    finished, counts = trials.finished, trials.counts
    fitting = np.ones(len(trials), dtype=np.bool_)
    misfits = {}
    for name, range_ in fork.after.items():
        column = trials.columns.params.get(name)
        if column is not None:
            inside = _fitting(column, range_)
            misfits[name] = int(np.count_nonzero(finished & ~inside))
            fitting &= inside
    return Kept(
        finished=int(np.count_nonzero(finished)),
        kept=int(np.count_nonzero(finished & fitting)),
        misfits={name: count for name, count in misfits.items() if count},
        running=counts[TrialState.RUNNING],
        waiting=counts[TrialState.WAITING],
    )


def sentences(study: StudySnapshot, fork: Fork, workers: int) -> tuple[str, ...]:
    """What will happen, before it does; ``workers``: how many live. Hostile text."""
    count = kept(study, fork)
    lines = [f"{fork.study} → {fork.name}: {fork.changes}"]
    lines.append(f"copied: {figures.count(count.kept)} of {_many(count.finished, 'finished trial')}")
    for name, lost in count.misfits.items():
        lines.append(
            f"left behind: {_many(lost, 'trial')}, their {name} is not in {declared_text(fork.after[name])}"
        )
    if workers:
        lines.append(f"moving over: {_many(workers, 'worker')}, each when its trial ends; that trial comes along")
    else:
        lines.append(f"moving over: nobody, as no worker is alive; the next one works in {fork.name}")
    if count.waiting:
        lines.append(f"enqueued: {_many(count.waiting, 'trial')}, copied where the values fit")
    if study.budget is not None:
        done = figures.count(study.trials.used - count.dropped)
        lines.append(f"budget: {study.budget} trials as before; {fork.name} begins with {done} done")
    lines.append(f"{fork.study} stays as it is and takes no more trials")
    return tuple(lines)


def next_name(study: str, taken: Sequence[str]) -> str:
    """``digits-2`` for ``digits``, ``digits-3`` for ``digits-2``: the first that is free."""
    found = _NUMBERED.fullmatch(study)
    stem, number = (found[1], int(found[2]) + 1) if found else (study, 2)
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"


def _check_the_code(study: StudySnapshot, name: str, new: Range) -> None:
    """Living workers run the code as it is."""
    if study.leases and drawn_for(study.declared[name], new) is None:
        problem = "would take floats on a log scale, but the code that runs now asks for a whole number"
        raise OrderRefusedError(name, problem, "stop the search, let the code ask for a float, then fork")


def _fitting(column: ParamColumn, range_: Range) -> Mask:
    """(n,) whether the trial's value fits; trials that don't have the parameter do."""
    fitting = ~column.has
    for code, old in enumerate(column.ranges):
        here = column.drawn == code
        if isinstance(old, Choices):
            good = np.array([fits(range_, option) for option in old.options], dtype=np.bool_)
            fitting[here] = good[column.values[here].astype(np.intp)]
        else:
            values, where = np.unique(column.values[here], return_inverse=True)
            fitting[here] = np.array([fits(range_, float(v)) for v in values], dtype=np.bool_)[where]
    return fitting


def _many(count: int, noun: str) -> str:
    return f"{figures.count(count)} {noun}{'' if count == 1 else 's'}"
