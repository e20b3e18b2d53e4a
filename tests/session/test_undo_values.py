"""Undoing what fixed a parameter or held a trial."""

from __future__ import annotations

import pytest

from hpt_tui.domain.event import values
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.probes import FixParameter, FreeParameter
from hpt_tui.domain.orders.trials import PauseTrial, ResumeTrial
from hpt_tui.domain.orders.undo import UndoEvent, last_undoable
from hpt_tui.session import Session
from hpt_tui.store import keys
from tests.session.desk import Desk, give, steer, undo

EXACT = 0.123456789
"""Its words have two digits."""


@pytest.mark.parametrize(
    ("before", "order", "now"),
    [
        ((), FixParameter("lr", str(EXACT / 10)), {}),
        ((FixParameter("lr", str(EXACT / 10)),), FixParameter("lr", "0.01"), {"lr": EXACT / 10}),
        ((FixParameter("lr", str(EXACT / 10)),), FreeParameter("lr"), {"lr": EXACT / 10}),
        ((FixParameter("optimizer", "adamw"),), FixParameter("optimizer", "sgd"), {"optimizer": "adamw"}),
    ],
    ids=["first value", "second value", "freed", "choice"],
)
def test_a_fixed_parameter_is_what_it_was_exactly(
    any_desk: Desk, before: tuple[Order, ...], order: Order, now: dict[str, object]
) -> None:
    session = any_desk.open()
    session.tick()
    steer(session, any_desk, *before)
    done = steer(session, any_desk, order).events[-1]
    assert last_undoable(session.tick().study) == done
    assert "what was in force before is again" in undo(session, any_desk, done)
    study = session.tick().study
    assert study.control.fixed == now
    assert (study.events[-1].act, study.events[-1].undoes) == (f"undo-{done.act}", done.id)
    assert not undo(session, any_desk, study.events[-1]).startswith("refused")
    assert session.tick().study.events[-1].act == f"redo-{done.act}"


@pytest.mark.parametrize(
    ("before", "order", "held"),
    [((), PauseTrial(1), frozenset()), ((PauseTrial(1),), ResumeTrial(1), frozenset({1}))],
    ids=["held", "resumed"],
)
def test_a_trial_holds_or_runs_as_it_did(
    any_desk: Desk, before: tuple[Order, ...], order: Order, held: frozenset[int]
) -> None:
    session = any_desk.open()
    session.tick()
    done = steer(session, any_desk, *before, order).events[-1]
    assert last_undoable(session.tick().study) == done
    assert "what was in force before is again" in undo(session, any_desk, done)
    assert session.tick().study.control.held == held


def test_to_fix_a_parameter_overtakes_no_bound_of_it(session: Session, desk: Desk) -> None:
    widened = steer(session, desk, ChangeBound("lr", high=EXACT)).events[-1]
    fixed = steer(session, desk, FixParameter("lr", "0.05")).events[-1]
    assert not undo(session, desk, widened).startswith("refused")
    assert not undo(session, desk, fixed).startswith("refused")


def test_what_was_fixed_to_lies_outside_by_now(session: Session, desk: Desk) -> None:
    """Bounds that somebody has moved since are not gone round."""
    freed = steer(session, desk, FixParameter("lr", "0.05"), FreeParameter("lr")).events[-1]
    steer(session, desk, ChangeBound("lr", high=0.01))
    said = undo(session, desk, freed)
    assert said.startswith("refused: lr: 5.0e-2 is outside its bounds, 1.0e-4 .. 1.0e-2; widen it first")
    assert session.tick().study.control.fixed == {}


def test_a_trial_that_has_ended_is_held_no_more(session: Session, desk: Desk) -> None:
    done = steer(session, desk, PauseTrial(1)).events[-1]
    desk.study.tell(1, 0.7)
    session.tick()
    said = undo(session, desk, done)
    assert said == "refused: pause trial #1: cannot be undone: #1 has ended, or is gone"


@pytest.mark.parametrize(
    ("act", "subject", "was"),
    [
        ("unfix", "lr", values(fixed=True, value="fast")),
        ("unfix", "lr", values(fixed=True, value=float("inf"))),
        ("unfix", "lr", values(fixed=True)),
        ("unfix", "lr", values(value=0.01)),
        ("unfix", "optimizer", values(fixed=True, value="lion")),
        ("resume-trial", "#1", values(paused=True)),
        ("resume-trial", "#7", values(held=True)),
        ("resume-trial", "lr", values(held=True)),
    ],
)
def test_what_somebody_wrote_by_hand_fixes_and_holds_nothing(
    session: Session, desk: Desk, act: str, subject: str, was: tuple[tuple[str, object], ...]
) -> None:
    became = {"fixed": False, "value": None} if act == "unfix" else {"held": False}
    written = {"at": 5.0, "act": act, "subject": subject, "was": dict(was), "became": became}
    desk.storage.set_study_user_attr(desk.study._study_id, f"{keys.EVENT}5-abc", written)
    session.tick()
    assert give(session, UndoEvent("abc")).startswith("refused")
    control = session.tick().study.control
    assert (control.fixed, control.held) == ({}, frozenset())
