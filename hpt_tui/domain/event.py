"""The journal of steering: who did what, when, from which value to which, and why (L6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from hpt_tui.domain.space import ParamValue

Values: TypeAlias = tuple[tuple[str, ParamValue], ...]
"""Exact values by name, in the order of the names: hashable, as an event is."""


def values(**by_name: ParamValue) -> Values:
    """``by_name`` as an event keeps them."""
    return tuple(sorted(by_name.items()))


def exact_words(found: Values) -> str:
    """``low=0.0001 high=0.1``: every digit."""
    return " ".join(f"{name}={value}" for name, value in found)


ACTS = (
    *("widen", "narrow", "stop", "stop-now", "pause", "resume", "prune", "discard", "pause-trial", "resume-trial"),
    *("retry", "enqueue", "validate", "fix", "unfix", "star", "unstar", "note", "add-worker", "remove-worker"),
    *("set-workers", "set-budget", "choose-method", "change-method", "choose-gpus", "drain-gpu", "undrain-gpu"),
    *("end-workers", "kill-worker", "take-control", "fork", "forked-from"),
    *("begin-manual", "manual-run", "end-manual", "next-phase"),
    # What happened, and nobody ordered: ``ended`` is what came of a prune, ``phase`` that one of a plan began.
    *("ended", "phase", "worker-lost", "worker-gave-up", "crash-loop", "no-steps"),
)
TAKING_BACK = ("undo", "redo")


def known_act(act: str) -> bool:
    """Whether any act, or one that took another back, begins so."""
    act = spelt(act)
    taken_back = (f"{how}-{one}" for how in TAKING_BACK for one in ACTS)
    return any(one.startswith(act) for one in (*ACTS, *taken_back))


def spelt(act: str) -> str:
    """``Stop now`` as events have it: ``stop-now``."""
    return act.replace(" ", "-").lower()


@dataclass(frozen=True, slots=True)
class Event:
    """One steering act, kept in the study itself. ``at`` is epoch seconds; all text is hostile."""

    at: float
    by: str
    """``user@host``."""
    act: str
    """One of :data:`ACTS`; ``undo-`` or ``redo-`` and an act for what took one back."""
    subject: str = ""
    """The parameter, the trial (``#12``) or the worker that it was done to."""
    before: str = ""
    """In words, rounded: for people."""
    after: str = ""
    why: str = ""
    """The id of the flag behind it; empty if there was none."""
    was: Values = ()
    """What the order replaced, exactly; empty where nothing was, and where an older version recorded it."""
    became: Values = ()
    """What it put in force, exactly."""
    undoes: str = ""
    """The id of the event that this one took back."""
    id: str = field(default="", compare=False)
    """Its name in the journal; empty until it was recorded."""

    def facts(self) -> dict[str, object]:
        """Its fields by name: what JSON output says of an event. ``was`` and ``became`` are objects."""
        return {
            "at": self.at,
            "by": self.by,
            "act": self.act,
            "subject": self.subject,
            "before": self.before,
            "after": self.after,
            "why": self.why,
            "was": dict(self.was),
            "became": dict(self.became),
            "undoes": self.undoes,
            "id": self.id,
        }

    @property
    def short_id(self) -> str:
        """The part of its id by which people call it."""
        return self.id.rpartition("-")[2]

    @property
    def sentence(self) -> str:
        """What happened, in words, without time and author."""
        change = f" {self.before} → {self.after}" if self.before and self.after else ""
        if self.after and not self.before:
            change = f": {self.after}"
        why = f" (flag {self.why})" if self.why else ""
        return f"{self.act.replace('-', ' ')} {self.subject}".rstrip() + change + why


def number(found: Values, name: str) -> float:
    """The number called ``name``.

    Raises:
        KeyError: there is none of that name.
        TypeError: it is no number.
    """
    value = dict(found)[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(name)
    return value


def exactly(document: object) -> Values:
    """The values of a JSON object; those that no parameter could have are left out."""
    found = document.items() if isinstance(document, Mapping) else ()
    kinds = bool | int | float | str | None
    return tuple(sorted((k, v) for k, v in found if isinstance(k, str) and isinstance(v, kinds)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events of a journal are asked for; empty: all."""

    act: str = ""
    """The act, or how it begins."""
    by: str = ""
    """What the author contains."""
    subject: str = ""
    """The parameter, worker or trial; a trial with or without its #."""
    text: tuple[str, ...] = ()
    """Words that all occur somewhere in it, the exact values among it, capitals aside."""
    since: float | None = None
    """Epoch seconds."""

    def takes(self, event: Event) -> bool:
        exact = f"{exact_words(event.was)} {exact_words(event.became)}"
        told = f"{event.by} {event.sentence} {event.short_id} {exact}".lower()
        return (
            event.act.startswith(spelt(self.act))
            and self.by.lower() in event.by.lower()
            and (not self.subject or self.subject.lstrip("#") == event.subject.lstrip("#"))
            and all(word.lower() in told for word in self.text)
            and (self.since is None or event.at >= self.since)
        )


_ACTS, _PEOPLE = ("act",), ("by", "who", "person")
_SUBJECTS = ("subject", "parameter", "param", "trial", "worker")


def wanted(text: str) -> Wanted:
    """What a filter of a journal means: ``act:widen by:ada parameter:lr trial:12``, and words of the text."""
    act = by = subject = ""
    words = []
    for word in text.split():
        name, _, value = word.partition(":")
        if value and name in _ACTS:
            act = value
        elif value and name in _PEOPLE:
            by = value
        elif value and name in _SUBJECTS:
            subject = value
        else:
            words.append(word)
    return Wanted(act, by, subject, tuple(words))
