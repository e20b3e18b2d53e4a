"""L6: every act of steering as one sentence."""

from __future__ import annotations

import pytest

from hpt_tui.domain.event import ACTS, Event, exactly, known_act, values, wanted
from hpt_tui.domain.orders.undo import FINAL, UNDOABLE
from tests.builders import NOON


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (Event(NOON, "ada@box", "widen", "lr", "1.0e-1", "1.0e0", "edge"), "widen lr 1.0e-1 → 1.0e0 (flag edge)"),
        (Event(NOON, "ada@box", "narrow", "lr", "1.0e-1", "1.0e-2"), "narrow lr 1.0e-1 → 1.0e-2"),
        (Event(NOON, "ada@box", "prune", "#12"), "prune #12"),
        (Event(NOON, "ada@box", "stop-now"), "stop now"),
        (Event(NOON, "ada@box", "add-worker", after="3"), "add worker: 3"),
    ],
)
def test_sentence(event: Event, sentence: str) -> None:
    assert event.sentence == sentence


def test_exact_values_are_in_the_order_of_their_names_and_hashable() -> None:
    event = Event(NOON, "ada@box", "widen", "lr", was=values(low=1e-4, high=0.1), became=values(high=1.0))
    assert event.was == (("high", 0.1), ("low", 1e-4))
    assert {event} == {event}


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({"low": 1, "high": 2.5, "on": True, "by": "ada", "limit": None}, True),
        ({"low": [1], 3: 4}, False),
        ("low", False),
        (None, False),
    ],
)
def test_what_cannot_be_a_value_is_left_out(document: object, found: bool) -> None:
    assert dict(exactly(document)) == (document if found else {})


def test_two_reports_of_one_event_are_the_same_though_only_one_has_its_id() -> None:
    assert Event(NOON, "ada@box", "pause", id="7-a") == Event(NOON, "ada@box", "pause")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", True),
        ("act:widen by:ada parameter:lr", True),
        ("act:prune", False),
        ("by:bob", False),
        ("parameter:l", False),
        ("BOX edge", True),
        ("box spike", False),
    ],
)
def test_a_journal_is_filtered_by_act_person_parameter_and_words(asked: str, found: bool) -> None:
    event = Event(NOON, "ada@box", "widen", "lr", "1.0e-1", "1.0e0", "edge")
    assert wanted(asked).takes(event) is found


@pytest.mark.parametrize(("word", "found"), [("0.123456789", True), ("high=0.1", True), ("0.12345678901", False)])
def test_words_are_looked_for_in_the_exact_values_too(word: str, found: bool) -> None:
    """What was and what became of it, though the words of the journal are rounded."""
    event = Event(NOON, "ada@box", "widen", "lr", "1.2e-1", "1.0e0", was=values(high=0.123456789))
    swapped = Event(NOON, "ada@box", "widen", "lr", "1.0e0", "1.2e-1", became=values(high=0.123456789))
    assert wanted(word).takes(event) is wanted(word).takes(swapped) is found


def test_a_trial_is_named_with_or_without_its_sign() -> None:
    event = Event(NOON, "ada@box", "prune", "#12")
    assert all(wanted(asked).takes(event) for asked in ("trial:12", "trial:#12"))


def test_every_act_that_can_be_undone_or_cannot_is_known() -> None:
    undoable = {act for order in UNDOABLE for act in order.acts}
    assert undoable | FINAL.keys() <= set(ACTS)
    assert known_act("Stop now") and known_act("undo-wid") and known_act("") and not known_act("stopp")
