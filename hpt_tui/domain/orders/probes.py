"""Asking the search about values of one's own: a configuration to try, a parameter held at one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hpt_tui.domain.configuration import beyond, exact_value, in_words, outside, range_of, value_of, written
from hpt_tui.domain.event import Event, Values, values
from hpt_tui.domain.orders.order import OrderBook, Undoable, WrittenOrder
from hpt_tui.domain.orders.trials import known_trial
from hpt_tui.domain.space import ParamValue
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot
    from hpt_tui.domain.trial import TrialRow


@dataclass(frozen=True, slots=True)
class Enqueue(WrittenOrder):
    """Let the next free worker run these very values. What is not said, the sampler draws."""

    values: tuple[tuple[str, str], ...] = ()
    """Parameter and value, as they were typed."""
    like: int | None = None
    """The trial that everything else is copied from."""
    beyond: str = ""
    """The parameter that goes just past the bound it is nearer to; without ``like``, in the best trial."""
    outside: bool = False
    """Whether values out of bounds are wanted."""

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None

    def foreseen(self, frame: Frame, now: float) -> Event:
        params, like = configuration(frame.study, self), self._like(frame.study)
        subject = "" if like is None else f"like #{like.number}"
        return Event(now, "", "enqueue", subject, "", in_words(params, frame.study))

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.enqueue(configuration(frame.study, self), now)

    def said(self, event: Event) -> str:
        return f"{event.sentence}: the next free worker runs it"

    def shows(self, study: StudySnapshot) -> bool:
        """A trial that waits cannot be taken back by another order."""
        return True

    def _like(self, study: StudySnapshot) -> TrialRow | None:
        if self.like is not None:
            return known_trial(study, self.like)
        if not self.beyond:
            return None
        if study.best is None:
            remedy = "say which trial to go by (--like N)"
            raise OrderRefusedError(self.beyond, "there is no best trial to go beyond", remedy)
        return study.best

    def base(self, study: StudySnapshot) -> dict[str, ParamValue]:
        """What is copied, with the one parameter moved past its bound.

        Raises:
            OrderRefusedError: there is no such trial or parameter, or nothing beyond its bound.
        """
        like = self._like(study)
        copied = {} if like is None else {n: v for n, v in like.params.items() if n in study.space}
        if like is not None and not copied:
            raise OrderRefusedError(f"trial #{like.number}", "has no parameters to copy")
        if self.beyond:
            range_ = range_of(study, self.beyond)
            if self.beyond not in copied:
                raise OrderRefusedError(self.beyond, "is no parameter of the trial to go by")
            copied[self.beyond] = beyond(self.beyond, range_, copied[self.beyond])
        return copied


def configuration(study: StudySnapshot, order: Enqueue) -> dict[str, ParamValue]:
    """The values that ``order`` asks for, by parameter.

    Raises:
        OrderRefusedError: one of them cannot be, or lies out of bounds where that was not asked for.
    """
    params = order.base(study)
    for name, text in order.values:
        params[name] = value_of(name, text, range_of(study, name))
    if not params:
        raise OrderRefusedError("a configuration", "has no values", "give some: lr=0.01")
    if not order.outside:
        for name, value in params.items():
            if name != order.beyond and (why := outside(value, study.space[name])):
                raise OrderRefusedError(name, why, "widen it, or say that you mean it (--outside)")
    return params


class ParameterOrder(Undoable):
    """An order on whether a parameter is fixed, and to which value."""

    __slots__ = ()

    @staticmethod
    def state(event: Event, study: StudySnapshot) -> Values:
        return _fixed(study, event.subject)

    @staticmethod
    def restoring(event: Event) -> WrittenOrder:
        was = dict(event.was)
        return FixAgain(event.subject, was["value"]) if was["fixed"] is True else FreeParameter(event.subject)


@dataclass(frozen=True, slots=True)
class FixParameter(ParameterOrder):
    """Give every next trial, of every worker, this value of a parameter; the others are searched on.

    A configuration that was enqueued, or a trial that is retried, keeps the value that it came with."""

    parameter: str
    text: str
    """The value, as it was typed."""
    acts: ClassVar = frozenset({"fix"})

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None

    def value(self, study: StudySnapshot) -> ParamValue:
        """What it is fixed to.

        Raises:
            OrderRefusedError: there is no such parameter, or it cannot have such a value.
        """
        return value_of(self.parameter, self.text, range_of(study, self.parameter))

    def foreseen(self, frame: Frame, now: float) -> Event:
        return _fix(frame.study, self.parameter, self.value(frame.study), now)

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.fix(self.parameter, self.value(frame.study), now)

    def said(self, event: Event) -> str:
        return f"{event.subject} is {event.after} in the next trial of every worker, and in all after it"

    def shows(self, study: StudySnapshot) -> bool:
        fixed = study.control.fixed
        return self.parameter in fixed and fixed[self.parameter] == self.value(study)


@dataclass(frozen=True, slots=True)
class FixAgain(WrittenOrder):
    """Fix a parameter to the very value that it was fixed to before."""

    parameter: str
    value: ParamValue

    def enough(self, study: StudySnapshot) -> bool:
        return study.outline is None

    def foreseen(self, frame: Frame, now: float) -> Event:
        return _fix(frame.study, self.parameter, self._exactly(frame.study), now)

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.fix(self.parameter, self._exactly(frame.study), now)

    def said(self, event: Event) -> str:
        return f"{event.subject} is {event.after} in the next trial of every worker again"

    def shows(self, study: StudySnapshot) -> bool:
        fixed = study.control.fixed
        return self.parameter in fixed and fixed[self.parameter] == self.value

    def _exactly(self, study: StudySnapshot) -> ParamValue:
        return exact_value(self.parameter, self.value, range_of(study, self.parameter))


@dataclass(frozen=True, slots=True)
class FreeParameter(ParameterOrder):
    """Let a parameter that was fixed be searched again."""

    parameter: str
    acts: ClassVar = frozenset({"unfix"})

    def foreseen(self, frame: Frame, now: float) -> Event:
        fixed = frame.study.control.fixed
        if self.parameter not in fixed:
            known = ", ".join(sorted(fixed))
            raise OrderRefusedError(self.parameter, "is not fixed", f"fixed are: {known}" if known else "")
        range_ = frame.study.space.get(self.parameter)
        value = fixed[self.parameter]
        before = str(value) if range_ is None else written(value, range_)
        return Event(
            *(now, "", "unfix", self.parameter, before, "searched"),
            was=_fixed(frame.study, self.parameter),
            became=values(fixed=False, value=None),
        )

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.unfix(self.parameter, now)

    def said(self, event: Event) -> str:
        return f"{event.subject} is searched again, from the next trial of every worker on"

    def shows(self, study: StudySnapshot) -> bool:
        return self.parameter not in study.control.fixed


def _fix(study: StudySnapshot, name: str, value: ParamValue, now: float) -> Event:
    """What is recorded once ``name`` is fixed to ``value``.

    Raises:
        OrderRefusedError: it is fixed to that already, or its bounds do not hold the value.
    """
    range_, fixed = range_of(study, name), study.control.fixed
    if why := outside(value, range_):
        raise OrderRefusedError(name, why, "widen it first")
    if name in fixed and (type(fixed[name]), fixed[name]) == (type(value), value):
        raise OrderRefusedError(name, f"is fixed to {written(value, range_)} already")
    before = written(fixed[name], range_) if name in fixed else ""
    return Event(
        *(now, "", "fix", name, before, written(value, range_)),
        was=_fixed(study, name),
        became=values(fixed=True, value=value),
    )


def _fixed(study: StudySnapshot, name: str) -> Values:
    """Whether a parameter is fixed, and to what: a choice may be None, so that alone does not tell."""
    fixed = study.control.fixed
    return values(fixed=name in fixed, value=fixed.get(name))
