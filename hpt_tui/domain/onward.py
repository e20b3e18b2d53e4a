"""A clock that is never set back."""

from __future__ import annotations


class Onward:
    """The time of one clock, in seconds, but never earlier than it was: when the clock is set back, time goes on
    from where it stood. Whoever waits for a moment is not left waiting for the hours that are to come again."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._ahead = 0.0

    def __call__(self, now: float) -> float:
        """The time when the clock shows ``now``."""
        if self._last is not None and now < self._last:
            self._ahead += self._last - now
        self._last = now
        return now + self._ahead
