"""When trials were last seen to move; the flags that need the time (G24: stalled, zombie) in a session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.session.moves import Moves
from tests.builders import NOON, study, trial
from tests.session.desk import Desk


def running(**steps: int) -> StudySnapshot:
    return study(trial(int(n[1:]), TrialState.RUNNING, None, steps=count) for n, count in steps.items())


def test_the_first_look_knows_nothing_of_the_past() -> None:
    seen = Moves().seen(running(n0=5), (), NOON)
    assert (seen.now, seen.since, dict(seen.moved)) == (NOON, None, {})


def test_a_new_step_is_a_move_and_so_is_a_new_trial() -> None:
    moves = Moves()
    moves.seen(running(n0=5, n1=3), (), NOON)
    seen = moves.seen(running(n0=6, n1=3, n2=0), (), NOON + 10)
    assert (seen.since, dict(seen.moved)) == (NOON, {0: NOON + 10, 2: NOON + 10})
    seen = moves.seen(running(n0=6, n1=4, n2=0), (), NOON + 20)
    assert dict(seen.moved) == {0: NOON + 10, 1: NOON + 20, 2: NOON + 10}


def test_a_trial_that_ended_is_forgotten() -> None:
    moves = Moves()
    moves.seen(running(n0=5), (), NOON)
    moves.seen(running(n0=6), (), NOON + 10)
    assert dict(moves.seen(study([trial(0)]), (), NOON + 20).moved) == {}


def test_a_watched_study_shows_a_zombie_as_time_goes_by_though_nothing_in_it_changes(tmp_path: Path) -> None:
    """Nothing is written; the study stays the same, and the flag comes by the clock alone."""
    desk = Desk(tmp_path / "s.db")
    session = desk.open(steering=False)
    (row,) = session.tick().study.running
    desk.clock.now = (row.started or 0) + 5
    assert "zombie" not in {flag.id for flag in session.tick().flags}
    desk.clock.now += 600
    frame = session.tick()
    assert [flag.id for flag in frame.flags] == ["zombie"]
    assert frame.study is session.tick().study
    assert replace(frame.flags[0]).trials == (1,)
    session.close(stop_workers=False)
