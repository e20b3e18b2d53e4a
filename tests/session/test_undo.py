"""L6: an order is taken back exactly, by an order of its own, where nobody has changed the same thing since."""

from __future__ import annotations

import pytest

from hpt_tui.domain.event import Event
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.search import PauseStudy, ResumeStudy, StopStudy
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.orders.undo import UndoEvent, last_undoable
from hpt_tui.domain.orders.workers import WantWorkers
from hpt_tui.domain.space import FloatRange
from hpt_tui.session import Session
from hpt_tui.store import keys
from tests.session.desk import Desk, give, steer, undo

EXACT = 0.123456789
"""Its words have two digits."""


@pytest.mark.parametrize(
    ("before", "order"),
    [
        ((), ChangeBound("lr", high=EXACT)),
        ((ChangeBound("lr", high=EXACT),), ChangeBound("lr", low=1e-5, high=0.5)),
        ((), PauseStudy()),
        ((), StopStudy()),
        ((StopStudy(),), StopStudy(at_once=True)),
        ((PauseStudy(), StopStudy()), ResumeStudy()),
        ((WantWorkers("node7", 3),), WantWorkers("node7", 1)),
    ],
    ids=["first bound", "second bound", "pause", "stop", "stop now", "resume", "workers"],
)
def test_what_was_in_force_before_is_again_exactly(
    session: Session, desk: Desk, before: tuple[Order, ...], order: Order
) -> None:
    first = steer(session, desk, *before)
    done = steer(session, desk, order).events[-1]
    said = undo(session, desk, done)
    assert "what was in force before is again" in said
    study = session.tick().study
    assert study.space == first.space
    for name in ("paused", "stopping", "at_once"):
        assert getattr(study.control, name) == getattr(first.control, name)
    assert {h: c.workers for h, c in study.control.wanted.items()} == {
        h: c.workers for h, c in first.control.wanted.items()
    }
    event = study.events[-1]
    assert (event.act, event.undoes, event.subject) == (f"undo-{done.act}", done.id, done.subject)
    assert (event.was, event.became) == (done.became, done.was)


def test_what_was_undone_can_be_done_again(session: Session, desk: Desk) -> None:
    event = steer(session, desk, ChangeBound("lr", high=EXACT)).events[-1]
    undo(session, desk, event)
    undone = session.tick().study.events[-1]
    assert not undo(session, desk, undone).startswith("refused")
    study = session.tick().study
    assert study.control.bounds["lr"].high == EXACT
    assert study.events[-1].act == "redo-widen"


def test_the_last_order_that_can_be_undone_goes_back_step_by_step(session: Session, desk: Desk) -> None:
    study = steer(session, desk, ChangeBound("lr", high=0.5), ChangeBound("lr", high=5.0), PruneTrial(1))
    highs = []
    while (event := last_undoable(study)) is not None:
        undo(session, desk, event)
        study = session.tick().study
        highs.append(study.control.bounds["lr"].high)
    assert highs == [0.5, 0.1]


def test_an_order_that_another_one_overtook_stays(session: Session, desk: Desk) -> None:
    """The other person's bound is not thrown away with ours; the refusal says whose it is."""
    ours = steer(session, desk, ChangeBound("lr", high=1.0)).events[-1]
    steer(session, desk, ChangeBound("lr", high=2.0))
    said = undo(session, desk, ours)
    assert said.startswith("refused: widen lr")
    assert "was overtaken: widen lr 1.0e-4 .. 1.0e0 → 1.0e-4 .. 2.0e0 (" in said
    assert session.tick().study.control.bounds["lr"].high == 2.0


def test_of_a_range_the_side_that_the_order_moved_goes_back_and_the_other_persons_stays(
    session: Session, desk: Desk
) -> None:
    ours = steer(session, desk, ChangeBound("lr", low=1e-5)).events[-1]
    assert (dict(ours.was), dict(ours.became)) == ({"low": 1e-4}, {"low": 1e-5})
    steer(session, desk, ChangeBound("lr", high=2.0))
    assert not undo(session, desk, ours).startswith("refused")
    bound = session.tick().study.control.bounds["lr"]
    assert (bound.low, bound.high) == (1e-4, 2.0)


def test_what_an_older_version_recorded_of_both_sides_goes_back_as_far_as_it_moved(
    session: Session, desk: Desk
) -> None:
    """It wrote both ends of a range into the journal, whichever was ordered, and under one key."""
    study_id, now = desk.study._study_id, {"low": 1e-4, "high": 0.5}
    document = {**now, "at": 5.0, "code_low": 1e-4, "code_high": 0.1}
    desk.storage.set_study_user_attr(study_id, f"{keys.BOUND}lr", document)
    told = {"at": 5.0, "by": "ann@box", "act": "widen", "subject": "lr", "was": {"low": 1e-4, "high": 0.1}}
    desk.storage.set_study_user_attr(study_id, f"{keys.EVENT}5-abc", {**told, "became": now})
    study = session.tick().study
    assert (study.space["lr"], study.control.bounds["lr"].high) == (FloatRange(1e-4, 0.5, log=True), 0.5)
    assert not undo(session, desk, study.events[-1]).startswith("refused")
    study = session.tick().study
    assert study.space["lr"] == study.declared["lr"]
    assert dict(study.events[-1].became) == {"low": 1e-4, "high": 0.1}


def test_a_later_order_on_another_thing_is_no_obstacle(session: Session, desk: Desk) -> None:
    pause = steer(session, desk, PauseStudy()).events[-1]
    steer(session, desk, StopStudy(), ChangeBound("lr", high=1.0))
    assert not undo(session, desk, pause).startswith("refused")
    control = session.tick().study.control
    assert (control.paused, control.stopping) == (False, True)


def test_twice_is_refused_and_says_who_was_first(session: Session, desk: Desk) -> None:
    event = steer(session, desk, PauseStudy()).events[-1]
    undo(session, desk, event)
    assert "was undone (" in undo(session, desk, event)


def test_what_was_undone_stays_undone_whoever_moves_it_later(session: Session, desk: Desk) -> None:
    """And what was done again after that is overtaken like any other."""
    event = steer(session, desk, ChangeBound("lr", high=1.0)).events[-1]
    undo(session, desk, event)
    undone = session.tick().study.events[-1]
    steer(session, desk, ChangeBound("lr", high=2.0))
    assert "was undone (" in undo(session, desk, event)
    steer(session, desk, ChangeBound("lr", high=0.1))
    assert not undo(session, desk, undone).startswith("refused")
    session.tick()
    steer(session, desk, ChangeBound("lr", high=2.0))
    assert "was overtaken: widen lr 1.0e-4 .. 1.0e0 → 1.0e-4 .. 2.0e0" in undo(session, desk, event)


def test_a_prune_cannot_be_undone_and_says_why(session: Session, desk: Desk) -> None:
    event = steer(session, desk, PruneTrial(1)).events[-1]
    assert "its training cannot be taken up again" in undo(session, desk, event)


def test_an_event_of_an_older_version_is_read_but_not_undone(session: Session, desk: Desk) -> None:
    """Journals without exact values stay readable; rounded words are no bounds."""
    words = {"at": 5.0, "by": "ann@box", "act": "widen", "subject": "lr", "before": "1e-4 .. 1e-1", "after": "1"}
    desk.storage.set_study_user_attr(desk.study._study_id, f"{keys.EVENT}5-abc", words)
    event = session.tick().study.events[0]
    assert (event.sentence, event.id, event.was) == ("widen lr 1e-4 .. 1e-1 → 1", "5-abc", ())
    assert "an older version recorded it" in undo(session, desk, event)


@pytest.mark.parametrize("was", [{"low": "x"}, {"low": 0.1}, {"low": 5.0, "high": 1.0}])
def test_an_event_that_somebody_wrote_by_hand_is_refused(
    session: Session, desk: Desk, was: dict[str, object]
) -> None:
    written = {"at": 5.0, "act": "widen", "subject": "lr", "was": was, "became": {"low": 1e-4, "high": 0.1}}
    desk.storage.set_study_user_attr(desk.study._study_id, f"{keys.EVENT}5-abc", written)
    session.tick()
    assert give(session, UndoEvent("abc")).startswith("refused")


def test_an_event_that_is_not_there_is_refused(session: Session) -> None:
    session.tick()
    assert "there is no such event" in give(session, UndoEvent("nothing"))


@pytest.mark.parametrize("act", ["choose-gpus", "drain-gpu", "set-workers", "widen"])
def test_an_event_that_somebody_else_wrote_otherwise_is_no_order_to_undo(
    session: Session, desk: Desk, act: str
) -> None:
    desk.control.record(Event(desk.clock.now, "", act, "lr", was=(("x", 1),), became=(("x", 2),)))
    study = steer(session, desk)
    assert last_undoable(study) is None
    assert "refused" in undo(session, desk, study.events[-1])


def test_undoing_a_resume_past_the_number_of_a_stop_says_that_it_stops_at_once(
    session: Session, desk: Desk
) -> None:
    used = session.tick().study.trials.used
    done = steer(session, desk, StopStudy(after=1), ResumeStudy()).events[-1]
    assert "at once" not in UndoEvent(done.id).foreseen(session.tick(), desk.clock.now).sentence
    desk.study.tell(desk.study.ask(), 0.5)
    foreseen = UndoEvent(done.id).foreseen(session.tick(), desk.clock.now)
    told = f"stops the search at once, for {used + 1} trials have finished and it was to stop after {used + 1}"
    assert told in foreseen.sentence
    assert told in undo(session, desk, done)
    assert session.tick().study.events[-1].after == told


def test_undoing_a_resume_past_the_hour_of_a_stop_says_so_too(session: Session, desk: Desk) -> None:
    done = steer(session, desk, StopStudy(deadline=desk.clock.now + 60), ResumeStudy()).events[-1]
    desk.clock.now += 3600
    assert "stops the search at once, for it was to stop at" in undo(session, desk, done)


def test_a_stop_to_come_outlasts_a_pause(session: Session, desk: Desk) -> None:
    """A run's `--timeout` is one: who goes on after a pause doesn't mean to lift it."""
    later = StopStudy(deadline=desk.clock.now + 3600)
    study = steer(session, desk, later, PauseStudy(), ResumeStudy())
    assert (study.control.paused, study.control.deadline) == (False, later.deadline)
    assert give(session, PauseStudy()).startswith("paused")
    assert (
        give(session, ResumeStudy()) == "resumed; the stop that is to come holds: resume once more takes it back"
    )
    assert give(session, ResumeStudy()) == "resumed, without the stop that was to come"
    assert session.tick().study.control.deadline is None
    assert give(session, ResumeStudy()) == "resumed"
