"""G27: tuned against default: better, within noise or worse."""

from __future__ import annotations

import pytest

from hpt_tui.domain.baseline import Worth, baseline_verdict
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import Direction
from tests.builders import study, trial


def against(default: list[float], *tuned: list[float], direction: Direction = Direction.MAXIMIZE) -> StudySnapshot:
    """Runs of the default configuration, then of each tuned one."""
    trials = [trial(n, value=v, params={"seed": n}, baseline=n == 0) for n, v in enumerate(default)]
    for at, values in enumerate(tuned):
        for seed, value in enumerate(values):
            trials.append(trial(len(trials), value=value, params={"lr": 1e-3 * (at + 7), "seed": seed}))
    return study(trials, direction=direction)


def test_without_seeds_the_plain_difference_decides_and_that_is_said() -> None:
    found = baseline_verdict(against([0.90], [0.92], [0.91]))
    assert found.worth is Worth.BETTER
    assert found.summary == "tuned 0.9200 against default 0.9000: +0.02; the seed noise is unknown"
    assert found.gap == pytest.approx(0.02)


def test_minimising_turns_it_round() -> None:
    assert baseline_verdict(against([0.3], [0.2], direction=Direction.MINIMIZE)).worth is Worth.BETTER
    assert baseline_verdict(against([0.2], [0.3], direction=Direction.MINIMIZE)).worth is Worth.WORSE


def test_the_same_value_is_within_noise() -> None:
    assert baseline_verdict(against([0.9], [0.9])).worth is Worth.WITHIN_NOISE


def test_means_of_seeds_are_compared_by_their_noise() -> None:
    found = baseline_verdict(against([0.90, 0.92, 0.94], [0.91, 0.93, 0.95], [0.5]))
    assert found.worth is Worth.WITHIN_NOISE
    assert found.noise == pytest.approx(0.02)
    assert "tuned 0.9300 (mean of 3 runs) against default 0.9200 (mean of 3 runs): +0.01" in found.summary
    assert "seeds differ by 0.02, so less than 0.0327 is noise" in found.summary


@pytest.mark.parametrize(
    ("tuned", "worth"), [([0.98, 0.99, 1.0], Worth.BETTER), ([0.80, 0.82, 0.84], Worth.WORSE)], ids=str
)
def test_clear_differences_stand_out_of_the_noise(tuned: list[float], worth: Worth) -> None:
    assert baseline_verdict(against([0.90, 0.92, 0.94], tuned)).worth is worth


def test_a_lucky_single_run_is_no_match_for_the_mean_of_several() -> None:
    """The winner of one run each was run once; two others were validated."""
    found = baseline_verdict(against([0.90], [0.99], [0.90, 0.92], [0.89, 0.91]))
    assert "tuned 0.9100 (mean of 2 runs)" in found.summary


@pytest.mark.parametrize(
    "snapshot",
    [
        pytest.param(study(), id="empty"),
        pytest.param(study([trial(0), trial(1)]), id="no baseline"),
        pytest.param(against([0.9]), id="nothing but the baseline"),
        pytest.param(against([float("nan")], [0.9]), id="the baseline is NaN"),
    ],
)
def test_what_cannot_be_compared_is_unknown(snapshot: StudySnapshot) -> None:
    assert baseline_verdict(snapshot).worth is Worth.UNKNOWN
