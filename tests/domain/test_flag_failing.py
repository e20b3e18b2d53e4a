"""G24: over 20 % of the trials fail."""

from __future__ import annotations

import pytest

from hpt_tui.domain.flags.failing import failing
from hpt_tui.domain.flags.flag import Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.space import Bound
from hpt_tui.domain.trial import TrialState
from tests.builders import study, trial

LIMITS = Thresholds()


def failed(
    count: int, of: int, *, reason: str = "RuntimeError: out of memory", by_hand: bool = False
) -> StudySnapshot:
    """The failed ones are spread evenly, late enough not to be early deaths."""
    ill = {round(k * of / count) for k in range(count)} if count else set()
    return study(
        trial(n, TrialState.FAILED, None, reason=reason, steps=9, by_hand=by_hand) if n in ill else trial(n)
        for n in range(of)
    )


def test_more_than_a_fifth_is_a_warning_with_the_commonest_reason() -> None:
    (flag,) = failing(failed(9, 40), LIMITS)
    assert flag.severity is Severity.WARNING
    assert flag.summary.startswith("9 of the last 40 finished trials (22 %) failed")
    assert dict(flag.evidence)["most common reason"] == "RuntimeError: out of memory (9 x)"
    assert flag.trials[0] > flag.trials[-1]


def test_more_than_half_is_critical() -> None:
    (flag,) = failing(failed(21, 40), LIMITS)
    assert flag.severity is Severity.CRITICAL


def test_a_parameter_that_tells_them_apart_is_named() -> None:
    trials = [
        trial(n, TrialState.FAILED, None, params={"batch_size": 128}, steps=5)
        if n % 3 == 0
        else trial(n, params={"batch_size": 16 + n})
        for n in range(30)
    ]
    (flag,) = failing(study(trials), LIMITS)
    assert flag.parameters == ("batch_size",)
    assert "at a median 1.3e2 of batch_size" in flag.summary
    assert "is high" in flag.cause


def test_failures_that_nothing_explains_are_told_as_such() -> None:
    (flag,) = failing(failed(20, 40, reason=""), LIMITS)
    assert flag.cause == "The objective fails and leaves no reason."
    assert "most common reason" not in dict(flag.evidence)


def test_what_was_mended_is_forgotten() -> None:
    trials = [trial(n, TrialState.FAILED if n < 30 else TrialState.COMPLETE, 0.9) for n in range(80)]
    assert not [*failing(study(trials), LIMITS)]


def test_trials_beyond_the_bounds_in_force_are_left_out() -> None:
    trials = [
        trial(n, TrialState.FAILED if n % 2 else TrialState.COMPLETE, 0.9, params={"lr": 0.09 if n % 2 else 1e-3})
        for n in range(40)
    ]
    assert [*failing(study(trials), LIMITS)]
    assert not [*failing(study(trials, control=Control(bounds={"lr": Bound(1e-4, 1e-2)})), LIMITS)]


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(study(), id="empty"),
        pytest.param(failed(0, 40), id="none"),
        pytest.param(failed(8, 40), id="a fifth, and not more"),
        pytest.param(failed(1, 3), id="one of three"),
        pytest.param(failed(4, 4), id="too few to judge"),
        pytest.param(failed(20, 40, by_hand=True), id="ended by hand"),
        pytest.param(failed(20, 40, reason="interrupted: the machine went down"), id="interrupted"),
        pytest.param(study(trial(n, TrialState.PRUNED, 0.5) for n in range(40)), id="pruned is not failed"),
    ],
)
def test_healthy_studies_are_silent(snapshot: StudySnapshot) -> None:
    assert not [*failing(snapshot, LIMITS)]
