"""G37, G8: what is usual for a task is asked for where somebody told the task, and only there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.lint.finding import Level
from hpt_tui.domain.practice import Task
from hpt_tui.domain.space import Choices, FloatRange, Range
from tests.domain.lint.declarations import LR, found, ids, space

WARMUP = FloatRange(0.0, 0.1)


@pytest.mark.parametrize(
    ("task", "ranges", "id_"),
    [
        (Task.VISION, {"optimizer": Choices(("adam", "rmsprop"))}, "optimizer-for-task"),
        (Task.TRANSFORMERS, {"optimizer": Choices(("sgd",)), "warmup_ratio": WARMUP}, "optimizer-for-task"),
        (Task.RECURRENT, {"optimizer": Choices(("sgd", "adamw"))}, "optimizer-for-task"),
        (Task.VISION, {"lr_schedule": Choices(("constant", "linear"))}, "schedule-for-task"),
        (Task.FINE_TUNING, {"scheduler": Choices(("cosine", "step"))}, "schedule-for-task"),
        (Task.TRANSFORMERS, {"lr": LR}, "no-warmup"),
    ],
)
def test_g37_what_is_unusual_for_the_task_is_remarked_on(task: Task, ranges: dict[str, Range], id_: str) -> None:
    declared = replace(space(ranges), task=task)
    (finding,) = found(declared, id_)
    assert (finding.level, finding.rule) == (Level.INFO, "G37")
    assert not found(replace(declared, task=None), id_)


@pytest.mark.parametrize(
    ("task", "ranges"),
    [
        (Task.VISION, {"optimizer": Choices(("sgd", "adam")), "scheduler": Choices(("MultiStepLR", "none"))}),
        (Task.TRANSFORMERS, {"optimizer": Choices(("adam",)), "scheduler": Choices(("cosine_with_warmup",))}),
        (Task.FINE_TUNING, {"optimizer": Choices(("sgd",)), "scheduler": Choices(("LinearLR",))}),
        (Task.SMALL, {"optimizer": Choices(("lion",)), "scheduler": Choices((1, 2))}),
        (Task.RECURRENT, {"optimizer": Choices(("lion", "RMSprop"))}),
    ],
)
def test_g37_what_is_usual_or_unknown_is_left_alone(task: Task, ranges: dict[str, Range]) -> None:
    declared = replace(space(ranges, warmup_ratio=WARMUP), task=task)
    assert not ids(declared) & {"optimizer-for-task", "schedule-for-task", "no-warmup"}


def test_g37_a_fixed_optimizer_and_schedule_are_judged_too() -> None:
    declared = Declared({"lr": LR}, fixed={"optimizer": "adam", "scheduler": "constant"}, task=Task.VISION)
    assert ids(declared) >= {"optimizer-for-task", "schedule-for-task"}


@pytest.mark.parametrize(
    ("task", "range_", "misses"),
    [
        (Task.TRANSFORMERS, FloatRange(1e-3, 1e-1, log=True), True),
        (Task.TRANSFORMERS, FloatRange(1e-5, 1e-3, log=True), False),
        (Task.FINE_TUNING, FloatRange(1e-7, 5e-5, log=True), True),
        (Task.VISION, FloatRange(1e-7, 5e-5, log=True), False),
    ],
)
def test_g8_the_tasks_learning_rate_goes_before_the_optimizers(
    task: Task, range_: FloatRange, misses: bool
) -> None:
    declared = replace(space(lr=range_), task=task)
    findings = found(declared, "lr-region")
    assert [f.level for f in findings] == ([Level.WARNING] if misses else [])
    for finding in findings:
        assert not found(replace(declared, space=finding.corrected), "lr-region")


@pytest.mark.parametrize(
    ("task", "misses"), [(Task.VISION, True), (Task.TRANSFORMERS, False), (Task.RECURRENT, False), (None, False)]
)
def test_g37_weight_decay_is_judged_by_the_model(task: Task | None, misses: bool) -> None:
    declared = replace(space(weight_decay=FloatRange(1e-2, 1e-1, log=True)), task=task)
    assert bool(found(declared, "decay-region")) is misses
