"""What became of the red flags while somebody was looking: since when each is up, which have gone, which are
muted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from hpt_tui.domain.event import Event
from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.orders.order import Order

FlagKey: TypeAlias = tuple[str, tuple[str, ...]]
"""The id and the parameters: what makes a flag the same from one look to the next."""
REMEMBERED = 5
"""How many flags that have gone are remembered, the last ones."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """A flag that is no longer up. Times are epoch seconds."""

    flag: Flag
    since: float
    until: float


@dataclass(frozen=True, slots=True, eq=False)
class Vigil:
    """The flags of one moment, muted ones apart."""

    flags: tuple[Flag, ...] = ()
    """Worst first."""
    muted: tuple[Flag, ...] = ()
    """Those that are up and that the user does not want to hear of."""
    since: Mapping[FlagKey, float] = field(default_factory=dict)
    """When each of them, the muted too, was first seen; one that goes and comes again begins anew."""
    cleared: tuple[Cleared, ...] = ()
    """The last ones that went, the newest first."""

    def after(self, found: tuple[Flag, ...], muted: frozenset[FlagKey], now: float) -> Vigil:
        """With the flags ``found`` at ``now``; the very same vigil where nothing has changed."""
        flags = tuple(flag for flag in found if flag.key not in muted)
        silent = tuple(flag for flag in found if flag.key in muted)
        if (flags, silent) == (self.flags, self.muted):
            return self
        since = {flag.key: self.since.get(flag.key, now) for flag in found}
        gone = [Cleared(flag, self.since[flag.key], now) for flag in self.flags if flag.key not in since]
        before = [old for old in self.cleared if old.flag.key not in since]
        return Vigil(flags, silent, since, (*gone, *before)[:REMEMBERED])


NO_VIGIL = Vigil()


@dataclass(frozen=True, slots=True)
class MuteFlag(Order):
    """Hear no more of one flag of this study, or hear of it again. A matter of this user on this machine: nothing
    is written into the study."""

    flag: str
    parameters: tuple[str, ...] = ()
    on: bool = True

    @property
    def key(self) -> FlagKey:
        return self.flag, self.parameters

    def said(self, event: Event) -> str:
        named = " ".join((self.flag, *self.parameters))
        return f"{named} is muted here; x brings it back" if self.on else f"{named} is heard again"
