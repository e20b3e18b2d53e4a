"""A cockpit that stops its search, or says so, when a stop rule fires (G26)."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.frame import Cockpit, Frame, Notice
from hpt_tui.domain.orders.search import StopStudy
from hpt_tui.domain.stop_when import StopWhen
from hpt_tui.domain.stopping import Action, Standing, StopRule, stop_rules
from hpt_tui.session.relay import Relay


class StopWatch(Relay):
    """Another cockpit, watched. A rule acts when it begins to fire, not as long as it does: a search that somebody
    has resumed goes on. While the study is stopping or being read there is nothing to do."""

    def __init__(self, cockpit: Cockpit, when: StopWhen) -> None:
        super().__init__(cockpit)
        self._when = when
        self._fired: frozenset[str] = frozenset()

    def tick(self) -> Frame:
        frame = self._cockpit.tick()
        if frame.stale_since is not None or frame.study.outline is not None or not frame.opened or frame.more:
            return frame
        watched = [rule for rule in self._rules(frame) if rule.id in self._when.ids]
        fired = [rule for rule in watched if rule.standing is Standing.FIRED]
        fresh = [rule for rule in fired if rule.id not in self._fired]
        self._fired = frozenset(rule.id for rule in fired)
        if not fresh or frame.study.control.stopping or frame.finished:
            return frame
        ending = next((rule for rule in fresh if rule.action is Action.STOP), None)
        if ending is not None:
            self._cockpit.submit(StopStudy(reason=ending.id))
        said = tuple(Notice(f"stop rule {rule.id} fires: {rule.measured}") for rule in fresh)
        return replace(frame, notices=(*frame.notices, *said))

    def _rules(self, frame: Frame) -> tuple[StopRule, ...]:
        when = self._when
        return stop_rules(frame.study, frame.now, when.budget, frame.limits.flags, when.ends)
