"""Looking on, as a window does, until a search is as it is wanted."""

from __future__ import annotations

from collections.abc import Callable

from hpt_tui.domain.frame import Frame
from hpt_tui.session import Session
from tests.waiting import eventually


def until(session: Session, condition: Callable[[Frame], object], seconds: float = 120.0) -> Frame:
    """Tick until the frame fulfils ``condition``; AssertionError after ``seconds``."""

    def look() -> Frame | None:
        frame = session.tick()
        return frame if condition(frame) else None

    frame = eventually(look, seconds, every=0.1)
    assert frame is not None
    return frame
