"""What a session promises while its storage is away, and once it is back (issue 3, item 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hpt_tui.domain.frame import Frame
from hpt_tui.session import Session
from tests.session.desk import Clock
from tests.waiting import eventually

HIDDEN = "hunter2"
"""A password."""


@dataclass
class Watch:
    """A session, the clock by which it goes, and somebody who adds trials to its study."""

    session: Session
    clock: Clock
    add: Callable[[], object]

    def tick(self) -> Frame:
        """One tick, a second later."""
        self.clock.now += 1
        return self.session.tick()

    def read(self) -> Frame:
        """The frame of the tick by which the whole study has been read."""
        while (frame := self.tick()).more:
            assert frame.stale_since is None
        return frame

    def live_through(self, cut: Callable[[], object], mend: Callable[[], object], *said: str) -> None:
        """See the storage go and come back: what was seen stays, and is out of date from the last answer on."""
        good = self.tick()
        assert (good.stale_since, good.trouble) == (None, "")
        cut()
        self.see_it_stale(good, *said)
        mend()
        self.add()
        self.see_it_back(good)

    def see_it_stale(self, good: Frame, *said: str) -> None:
        for _ in range(2):
            away = self.tick()
            assert (away.study, away.flags) == (good.study, good.flags)
            assert (away.stale_since, away.now) == (good.now, self.clock.now)
            assert "\n" not in away.trouble
            assert HIDDEN not in away.trouble
            for part in said:
                assert part in away.trouble

    def see_it_back(self, good: Frame, more: int = 1) -> None:
        """Within a few ticks, with the trials that have come."""

        eventually(lambda: self.tick().stale_since is None, 20)
        frame = self.read()
        assert frame.trouble == ""
        assert len(frame.study.trials) == len(good.study.trials) + more
        assert frame.opened
