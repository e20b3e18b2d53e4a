"""A search that is watched by stop rules (G26): stopped when one begins to fire, and not again once resumed."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.search import PauseStudy, StopStudy
from hpt_tui.domain.snapshot import Control, Outline
from hpt_tui.domain.stop_when import parse_stop_when
from hpt_tui.domain.trial import TrialState
from hpt_tui.session.stop_watch import StopWatch
from tests.builders import frame, study, trial
from tests.tui.fakes import ScriptedCockpit


def after(useless: int, *, stopping: bool = False) -> Frame:
    """A best trial, so many that are no better, and one that runs."""
    trials = [trial(0, value=0.9), *(trial(n, value=0.5, params={"lr": n / 1e3}) for n in range(1, useless + 1))]
    trials.append(trial(useless + 1, TrialState.RUNNING, None))
    return frame(study(trials, control=Control(stopping=stopping)))


def watched(when: str, *frames: Frame) -> tuple[ScriptedCockpit, list[list[str]]]:
    cockpit = ScriptedCockpit(*frames)
    watch = StopWatch(cockpit, parse_stop_when(when))
    return cockpit, [[notice.text for notice in watch.tick().notices] for _ in frames]


def test_the_rule_that_fires_stops_the_study_once_and_says_why() -> None:
    cockpit, said = watched("no-improvement", after(29), after(30), after(31), after(32))
    assert cockpit.orders == [StopStudy(reason="no-improvement")]
    stopped = "stop rule no-improvement fires: 30 trials without improvement, limit 30"
    assert said == [[], [stopped], [], []]


def test_warn_only_says_so() -> None:
    cockpit, said = watched("same-best:warn", after(19), after(20), after(21))
    assert cockpit.orders == []
    assert [len(texts) for texts in said] == [0, 1, 0]


def test_a_rule_that_nobody_asked_for_does_nothing() -> None:
    assert watched("time=100h", after(60), after(61))[0].orders == []


def test_a_search_that_was_resumed_goes_on_until_the_rule_fires_anew() -> None:
    better = [trial(40, value=0.95, params={"lr": 0.05}), *(trial(n, value=0.1) for n in range(41, 71))]
    again = frame(study([*after(30).study.trials[:31], *better, trial(99, TrialState.RUNNING, None)]))
    fresh = frame(study([*after(30).study.trials[:31], better[0], trial(99, TrialState.RUNNING, None)]))
    cockpit, _ = watched("no-improvement", after(30), after(30, stopping=True), after(31), fresh, again)
    assert len(cockpit.orders) == 2


def test_nothing_is_judged_while_the_study_is_read_or_its_storage_is_away() -> None:
    seen = after(40)
    part = replace(seen, study=replace(seen.study, outline=Outline(dict.fromkeys(TrialState, 50))))
    cockpit, said = watched("no-improvement", part, replace(seen, stale_since=1.0), after(40, stopping=True))
    assert cockpit.orders == [] and said == [[], [], []]


def test_orders_and_looks_go_through() -> None:
    cockpit = ScriptedCockpit(after(1))
    watch = StopWatch(cockpit, parse_stop_when("same-best"))
    watch.submit(PauseStudy())
    watch.look_at(frozenset({3}))
    watch.close(stop_workers=True)
    assert (cockpit.orders, cockpit.looking, cockpit.closed) == ([PauseStudy()], frozenset({3}), True)
