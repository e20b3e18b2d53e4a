"""An objective without a report under a pruner: one clear line, and none where all is well."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hpt_tui.domain.method import Method, Pruning
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Direction
from hpt_tui.domain.unreported import pruner_note
from tests.builders import study, trial


def silent(complete: int, method: Method | None = Method()) -> StudySnapshot:
    return study([trial(n, steps=0) for n in range(complete)], method=method)


@pytest.mark.parametrize("pruner", [p for p in Pruning if p is not Pruning.NONE])
def test_it_names_the_pruner_and_what_to_add(pruner: Pruning) -> None:
    note = pruner_note(silent(3, Method(pruner=pruner)))
    assert note.startswith(f"3 trials are complete and none reported a step, so the {pruner} pruner can end none")
    assert "trial.report(value, step)" in note and "should_prune" in note and "--pruner none" in note


@pytest.mark.parametrize(
    "healthy",
    [
        silent(2),
        silent(3, Method(pruner=Pruning.NONE)),
        silent(3, None),
        replace(silent(3), directions=(Direction.MINIMIZE, Direction.MAXIMIZE)),
        study([*(trial(n, steps=0) for n in range(3)), trial(3, steps=1)], method=Method()),
    ],
    ids=["too few", "no pruner", "not ours", "several objectives", "one reports"],
)
def test_it_is_silent_where_nothing_is_missing(healthy: StudySnapshot) -> None:
    assert pruner_note(healthy) == ""
