"""L2: which orders make sense for a study as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from hpt_tui.domain.machine import Packing
from hpt_tui.domain.method import Method, Sampling
from hpt_tui.domain.orders.bounds import ChangeBound, new_bounds
from hpt_tui.domain.orders.gpus import ChooseGpus, DrainGpu
from hpt_tui.domain.orders.order import WrittenOrder
from hpt_tui.domain.orders.search import PauseStudy, ResumeStudy, StopStudy
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.orders.workers import WantWorkers
from hpt_tui.domain.snapshot import Control, Crew, Kill, StudySnapshot
from hpt_tui.domain.space import Bound, FloatRange
from hpt_tui.errors import OrderRefusedError
from tests.builders import NOON, study, trial

WIDEN = ChangeBound("lr", high=10.0)


def drawn(highs: Sequence[float | None]) -> StudySnapshot:
    """A study whose trials drew lr from ranges with these upper ends; None: they had no lr."""
    ranges = [{} if high is None else {"lr": FloatRange(1e-4, high, log=True)} for high in highs]
    return study(
        [trial(n, ranges=found) for n, found in enumerate(ranges)],
        declared={"lr": FloatRange(1e-4, 1.0, log=True)},
    )


@pytest.mark.parametrize(
    "highs",
    [(1.0,) * 3, (0.1,) * 9 + (1.0,) * 5, (0.1, 1.0, None, 1.0, None, None, 1.0, 1.0, 1.0)],
    ids=["always", "since an edit of the code", "where it was drawn"],
)
def test_a_range_that_is_the_same_lately_can_be_moved(highs: Sequence[float | None]) -> None:
    assert new_bounds(drawn(highs), WIDEN) == (1e-4, 10.0)


def test_g16_the_bounds_of_a_grid_stay_and_it_says_why() -> None:
    gridded = replace(drawn((1.0,) * 3), method=Method(Sampling.GRID))
    with pytest.raises(OrderRefusedError, match="is searched by a grid, whose values are fixed"):
        new_bounds(gridded, WIDEN)


@pytest.mark.parametrize("strategy", [s for s in Sampling if s is not Sampling.GRID])
def test_those_of_every_other_strategy_can_be_moved_unless_the_code_moves_them(strategy: Sampling) -> None:
    assert new_bounds(replace(drawn((1.0,) * 3), method=Method(strategy)), WIDEN) == (1e-4, 10.0)
    with pytest.raises(OrderRefusedError, match="another range from trial to trial"):
        new_bounds(replace(drawn((0.1, 1.0)), method=Method(strategy)), WIDEN)


@pytest.mark.parametrize("highs", [(0.1, 1.0), (0.1,) * 9 + (0.1, 1.0) * 2], ids=["two trials", "many"])
def test_a_range_that_changes_from_trial_to_trial_cannot(highs: Sequence[float | None]) -> None:
    with pytest.raises(OrderRefusedError, match="another range from trial to trial"):
        new_bounds(drawn(highs), WIDEN)


def test_the_range_of_a_study_file_can_whatever_earlier_trials_drew_from() -> None:
    assert new_bounds(replace(drawn((0.1, 1.0)), from_file=True), WIDEN) == (1e-4, 10.0)


@pytest.mark.parametrize(
    ("order", "done", "overtaken"),
    [
        (ChangeBound("lr", high=1.0), Control(bounds={"lr": Bound(1e-4, 1.0, NOON)}), Control()),
        (
            ChangeBound("lr", 1e-3, 1.0),
            Control(bounds={"lr": Bound(1e-3, 1.0, NOON)}),
            Control(bounds={"lr": Bound(1e-4, 1.0, NOON)}),
        ),
        (PruneTrial(3), Control(kills={3: Kill()}), Control(kills={4: Kill()})),
        (StopStudy(), Control(stopping=True), Control(stopping=True, at_once=True)),
        (StopStudy(at_once=True), Control(stopping=True, at_once=True), Control()),
        (PauseStudy(), Control(paused=True), Control()),
        (ResumeStudy(), Control(), Control(stopping=True)),
        (
            ChooseGpus("box", ("0",), 2),
            Control(packing={"box": Packing(("0",), 2, NOON)}),
            Control(packing={"box": Packing(("0",), 1, NOON)}),
        ),
        (DrainGpu("box", "0"), Control(drained={"box": frozenset({"0"})}), Control()),
        (WantWorkers("box", 2), Control(wanted={"box": Crew(2, NOON)}), Control(wanted={"box": Crew(3, NOON)})),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, Control) else "",
)
def test_an_order_is_in_force_until_another_takes_its_place(
    order: WrittenOrder, done: Control, overtaken: Control
) -> None:
    assert [order.shows(study(control=control)) for control in (done, overtaken)] == [True, False]
