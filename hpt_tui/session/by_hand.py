"""A cockpit that follows the proposals of a search by hand by itself (G10)."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.frame import Cockpit, Frame
from hpt_tui.domain.manual.step import Step, next_step
from hpt_tui.domain.orders.manual import RunManual
from hpt_tui.session.relay import Relay


class Follower(Relay):
    """Another cockpit. What is proposed is run, once, while the study is searched by hand; what a person orders
    meanwhile is followed by the next proposal. With ``ends`` a frame is finished once the loop is."""

    def __init__(self, cockpit: Cockpit, *, ends: bool) -> None:
        super().__init__(cockpit)
        self._ends = ends
        self._asked: tuple[int, float] | None = None
        """The proposal that was ordered: how many runs there were before it, and its value."""
        self._refused = False

    def tick(self) -> Frame:
        frame = self._cockpit.tick()
        if frame.stale_since is not None:
            # An order that was on its way may be lost.
            self._asked = None
        if frame.stale_since is not None or not frame.opened or frame.more:
            return frame
        step = next_step(frame.study, frame.limits.flags)
        if step is None or frame.finished:
            return frame
        self._look_at_refusal(frame, step)
        if step.ending is None and step.proposal is not None and step.loop.on:
            self._run(step, step.proposal.value)
        over = step.ending is not None or self._refused
        return replace(frame, finished=True) if self._ends and over else frame

    def _run(self, step: Step, value: float) -> None:
        wanted = len(step.loop.runs), value
        if wanted != self._asked and not self._refused:
            self._asked = wanted
            self._cockpit.submit(RunManual(value))

    def _look_at_refusal(self, frame: Frame, step: Step) -> None:
        """Whether the order that was given last came to nothing: it would again."""
        waiting = self._asked is not None and self._asked[0] == len(step.loop.runs)
        self._refused = waiting and any(notice.failed for notice in frame.notices)
