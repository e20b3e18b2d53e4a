"""The journal of steering: who did what, when, from which value to which, and why (L6)."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One steering act, kept in the study itself. ``at`` is epoch seconds; all text is hostile."""

    at: float
    by: str
    """``user@host``."""
    act: str
    """``widen``, ``narrow``, ``stop``, ``stop-now``, ``pause``, ``resume``, ``prune``, ``add-worker``,
    ``remove-worker``, ``set-workers``, ``end-workers``, ``worker-lost``, ``worker-gave-up``, ``take-control``."""
    subject: str = ""
    """The parameter, the trial (``#12``) or the worker that it was done to."""
    before: str = ""
    after: str = ""
    why: str = ""
    """The id of the flag behind it; empty if there was none."""

    def facts(self) -> dict[str, float | str]:
        """Its fields by name, in their order: what JSON output says of an event."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """What happened, in words, without time and author."""
        change = f" {self.before} → {self.after}" if self.before and self.after else ""
        if self.after and not self.before:
            change = f": {self.after}"
        why = f" (flag {self.why})" if self.why else ""
        return f"{self.act.replace('-', ' ')} {self.subject}".rstrip() + change + why
