"""G8, G10: where a search by hand begins, and what cannot be searched so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.manual.start import new_loop
from hpt_tui.domain.manual.step import base_of
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.errors import OrderRefusedError
from tests.builders import NOON, study, trial
from tests.domain.manual_runs import LOSSES, LR, by_hand


def begun(space: Mapping[str, Range], default: Mapping[str, object] | None = None, **more: object) -> ManualLoop:
    made = replace(study(declared=space), default=default or {}, **more)  # type: ignore[arg-type]
    return new_loop(made, "", None, 5, NOON)


@pytest.mark.parametrize(
    ("optimizers", "start"), [(("SGD",), 1e-2), (("adam", "x"), 1e-3), (("AdamW",), 5e-4), (("rmsprop",), 5e-4)]
)
def test_g8_it_begins_where_the_optimizer_is_usually_begun_with(optimizers: tuple[str, ...], start: float) -> None:
    assert begun({"lr": LR["lr"], "optimizer": Choices(optimizers)}).start == start


def test_the_default_configuration_goes_first() -> None:
    loop = begun(LR, {"lr": 3e-3, "optimizer": "adamw"})
    assert (loop.parameter, loop.start, loop.base) == ("lr", 3e-3, {"optimizer": "adamw"})


def test_the_trial_of_the_default_is_the_first_run_unless_another_rate_is_asked_for() -> None:
    made = replace(study([trial(0, baseline=True)], declared=LR), default={"lr": 3e-3})
    assert new_loop(made, "", None, 5, NOON).runs == {0: 3e-3}
    assert new_loop(made, "", 1e-1, 5, NOON).runs == {}
    pruned = replace(study([trial(0, TrialState.PRUNED, baseline=True)], declared=LR), default={"lr": 3e-3})
    assert new_loop(pruned, "", None, 5, NOON).runs == {}, "half a curve says nothing"


def test_without_a_hint_it_begins_in_the_middle_of_the_range() -> None:
    assert begun({"lr": FloatRange(1e-4, 1e-2, log=True)}).start == pytest.approx(1e-3)


def test_what_the_default_leaves_open_is_drawn_once() -> None:
    made = by_hand((1e-2, LOSSES["slow"]), base={})
    assert made.control.manual is not None
    assert base_of(made, made.control.manual) == {"optimizer": "sgd"}


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (lambda s: replace(s, directions=(Direction.MINIMIZE, Direction.MAXIMIZE)), "several"),
        (lambda s: replace(s, declared={}), "StudySpec"),
        (lambda s: replace(s, declared={"depth": IntRange(1, 4)}), "--parameter"),
        (lambda s: replace(s, declared={"lr": Choices((0.1, 0.01))}), "declare a range"),
        (lambda s: replace(s, declared={"lr": FloatRange(-2.0, 0.0)}), "above 0"),
    ],
    ids=["objectives", "no space", "no rate", "choice", "negative"],
)
def test_what_cannot_be_searched_by_hand_is_said(
    broken: Callable[[StudySnapshot], StudySnapshot], says: str
) -> None:
    with pytest.raises(OrderRefusedError) as refused:
        new_loop(broken(study(declared=LR)), "", None, 5, NOON)
    assert says in refused.value.line


def test_a_rate_out_of_bounds_is_refused_before_anything_runs() -> None:
    with pytest.raises(OrderRefusedError, match="outside its bounds"):
        new_loop(study(declared=LR), "", 10.0, 5, NOON)
