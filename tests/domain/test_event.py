"""L6: every act of steering as one sentence."""

from __future__ import annotations

import pytest

from hpt_tui.domain.event import Event
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
