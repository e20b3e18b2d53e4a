"""How the words of a filter go on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpt_tui.domain.filter_completion import complete
from hpt_tui.domain.space import Choices, FloatRange, Range
from hpt_tui.domain.trial_filter import read
from tests.builders import NOON, SPACE, study, trial

ODD: dict[str, Range] = {
    **SPACE,
    "learning rate": FloatRange(0.0, 1.0),
    "\x1b[31mred": FloatRange(0.0, 1.0),
    "kind": Choices(("relu", "soft max")),
}
STUDY = study(
    [
        replace(
            trial(0, params={"learning rate": 0.5, "\x1b[31mred": 0.5, "kind": "soft max"}, ranges=ODD),
            worker="gpubox-1",
        )
    ],
    declared=ODD,
)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("wei", "weight_decay"),
        ("WEI", "WEIght_decay"),
        ("lr>1e-3 and dro", "lr>1e-3 and dropout"),
        ("-(bat", "-(batch_size"),
        ("val", "val_acc"),
        ("dur", "duration"),
        ("stat", "state"),
        ("state", "state:"),
        ("state:p", "state:pruned"),
        ("pru", "pruned"),
        ("is:ba", "is:baseline"),
        ("has:no", "has:note"),
        ("has:wei", "has:weight_decay"),
        ("work", "worker"),
        ("worker:g", "worker:gpubox-1"),
        ("optimizer=ad", "optimizer=adamw"),
        ("kind:re", "kind:relu"),
        ("kind = so", 'kind = "soft max"'),
        ("learn", '"learning rate"'),
        ('"learning r', '"learning rate"'),
        ('" [31mr', '" [31mred"'),
    ],
)
def test_a_word_is_written_out(text: str, whole: str) -> None:
    found = complete(text, len(text), STUDY)
    assert found is not None
    assert (found.text, found.cursor) == (whole, len(whole))


@pytest.mark.parametrize("text", ["", "lr>", "lr>1", "optimizer<ad", "zzz", "lr ", "gpu", "dropout", "is:", '"'])
def test_nothing_is_made_up(text: str) -> None:
    assert complete(text, len(text), STUDY) is None


def test_the_word_at_the_cursor_is_the_one_that_is_written_out() -> None:
    found = complete("wei>1 and state:pruned", 3, STUDY)
    assert found is not None
    assert (found.text, found.cursor) == ("weight_decay>1 and state:pruned", 12)


def test_a_hostile_name_that_was_written_out_is_understood() -> None:
    found = complete('" [3', 4, STUDY)
    assert found is not None
    assert found.text.isprintable()
    assert read(found.text + ">0.1", STUDY, NOON).problem == ""


@given(st.text(alphabet='lrwei "():<=!-\x1b[3so', max_size=12), st.integers(0, 12))
def test_any_text_can_be_completed_at_any_place(text: str, cursor: int) -> None:
    cursor = min(cursor, len(text))
    found = complete(text, cursor, STUDY)
    assert found is None or (found.text.endswith(text[cursor:]) and found.cursor > cursor)
