"""G10, G6, G8: what a search by hand makes of curves, and which rate it tries next."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS, Thresholds
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.manual.proposal import Ending
from hpt_tui.domain.manual.start import new_loop
from hpt_tui.domain.manual.step import Step, base_of, next_step, search_range
from hpt_tui.domain.manual.verdict import Verdict
from hpt_tui.domain.orders.manual import BeginManual
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range, Side
from hpt_tui.domain.trial import Curve, Direction, TrialRow, TrialState
from hpt_tui.errors import OrderRefusedError
from tests.builders import NOON, curve, frame, study, trial

LR: Mapping[str, Range] = {"lr": FloatRange(1e-5, 1.0, log=True), "optimizer": Choices(("sgd", "adamw"))}
STEPS = np.arange(20)
DICE = np.random.default_rng(4)
NOISE = DICE.normal(size=20)

LOSSES: Mapping[str, Sequence[float]] = {
    "well": list(2.3 * np.exp(-STEPS / 3) + 0.2),
    "well, noisy": list(2.3 * np.exp(-STEPS / 3) + 0.2 + 0.02 * NOISE),
    "slow": list(2.3 - 0.06 * STEPS),
    "crawls": list(2.3 - 0.0005 * STEPS),
    "oscillates": list(0.9 + 1.4 * np.exp(-STEPS / 3) + 0.35 * (-1.0) ** STEPS),
    "noisy": list(1.2 + 1.1 * np.exp(-STEPS / 2) + 0.3 * NOISE),
    "rises": list(2.3 + 0.2 * STEPS),
    "diverges": [2.3, 5.0, 80.0, 1e4, 1e9, math.inf, math.nan, math.nan, math.nan, math.nan],
    "stuck": list(1.9 + 0.4 * np.exp(-STEPS / 1.0)),
    "overflow": [2.3, math.nan],
}
"""By what they look like."""


def accuracies(kind: str) -> list[float]:
    """The same seen as an accuracy: a loss of 2.3 is chance, one of 0 is perfect."""
    return [0.9 * (1 - x / 2.3) + 0.1 if math.isfinite(x) else x for x in np.clip(LOSSES[kind], None, 2.5)]


Made = tuple[float, Sequence[float]]


def by_hand(
    *runs: Made,
    accuracy: bool = False,
    space: Mapping[str, Range] = LR,
    most: int = 5,
    last: TrialState = TrialState.COMPLETE,
    reason: str = "",
    by_hand: bool = False,
    **loop: object,
) -> StudySnapshot:
    """A study whose loop had these runs: rate and curve."""
    trials: list[TrialRow] = []
    curves: list[Curve] = []
    metric = "val_acc" if accuracy else "val_loss"
    for number, (rate, values) in enumerate(runs):
        state = last if number == len(runs) - 1 else TrialState.COMPLETE
        finite = [v for v in values if math.isfinite(v)]
        made = trial(
            number,
            state,
            finite[-1] if finite else None,
            params={"lr": rate},
            ranges=space,
            steps=len(values),
            non_finite=len(finite) < len(values),
            reason=reason if number == len(runs) - 1 else "",
            by_hand=by_hand,
        )
        trials.append(replace(made, params={"lr": rate, "optimizer": "sgd"}))
        curves += [curve(number, metric, values)] if len(values) else []
    made_loop = ManualLoop(
        "lr", 1e-2, {"optimizer": "sgd"}, most, at=NOON, runs={n: r for n, (r, _) in enumerate(runs)}
    )
    return study(
        trials,
        curves=curves,
        metric=metric,
        direction=Direction.MAXIMIZE if accuracy else Direction.MINIMIZE,
        declared=space,
        control=Control(manual=replace(made_loop, **loop)),  # type: ignore[arg-type]
        budget=None,
    )


def step(snapshot: StudySnapshot, limits: Thresholds = DEFAULT_THRESHOLDS) -> Step:
    found = next_step(snapshot, limits)
    assert found is not None
    return found


def verdict(*runs: Made, accuracy: bool = False) -> Verdict:
    return step(by_hand(*runs, accuracy=accuracy)).runs[-1].verdict


@pytest.mark.parametrize("accuracy", [False, True], ids=["loss", "accuracy"])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("well", Verdict.WELL),
        ("well, noisy", Verdict.WELL),
        ("slow", Verdict.SLOW),
        ("crawls", Verdict.SLOW),
        ("oscillates", Verdict.OSCILLATES),
        ("noisy", Verdict.OSCILLATES),
        ("stuck", Verdict.STUCK),
        ("diverges", Verdict.DIVERGED),
    ],
)
def test_g6_a_curve_is_judged_by_its_look_whether_it_falls_or_rises(
    kind: str, expected: Verdict, accuracy: bool
) -> None:
    values = accuracies(kind) if accuracy else LOSSES[kind]
    assert verdict((1e-2, values), accuracy=accuracy) is expected


def test_a_loss_that_ends_above_its_start_has_diverged() -> None:
    assert verdict((1e-2, LOSSES["rises"])) is Verdict.DIVERGED


@pytest.mark.parametrize(
    ("kind", "following"),
    [("oscillates", 5e-3), ("stuck", 3.3e-3), ("slow", 3e-2), ("crawls", 1e-1), ("diverges", 1e-3)],
)
def test_g10_halved_where_it_oscillates_lowered_where_stuck_raised_where_slow(kind: str, following: float) -> None:
    found = step(by_hand((1e-2, LOSSES[kind]))).proposal
    assert found is not None
    assert found.value == pytest.approx(following)
    assert "#0" in found.why


def test_where_halving_has_not_helped_it_goes_down_by_ten() -> None:
    """G24.1."""
    found = step(by_hand((1e-1, LOSSES["oscillates"]), (5e-2, LOSSES["oscillates"]))).proposal
    assert found is not None
    assert found.value == pytest.approx(5e-3)
    assert "after halving too" in found.why


def test_it_stops_where_it_converges_well_and_names_the_run_and_a_range() -> None:
    found = step(by_hand((1e-1, LOSSES["oscillates"]), (5e-2, LOSSES["well"])))
    assert (found.ending, found.proposal) == (Ending.CONVERGED, None)
    assert found.found is not None
    assert found.found.number == 1
    assert search_range(found.found.rate, DEFAULT_THRESHOLDS) == (5e-3, 5e-1)


def test_between_too_high_and_too_low_it_goes_to_the_geometric_mean() -> None:
    found = step(by_hand((1e-1, LOSSES["oscillates"]), (1e-3, LOSSES["slow"])))
    assert found.proposal is not None
    assert found.proposal.value == pytest.approx(1e-2)
    assert "between #1, too low at 1.0e-3, and #0, too high at 1.0e-1" in found.proposal.why


def test_a_bracket_that_is_narrow_ends_the_loop() -> None:
    found = step(by_hand((1e-2, LOSSES["oscillates"]), (7.1e-3, LOSSES["slow"])))
    assert found.ending is Ending.NARROWED


def test_no_rate_is_proposed_twice() -> None:
    """Whatever the curves say, in whatever order."""
    kinds = ("slow", "oscillates", "stuck", "crawls", "diverges")
    for dice in range(200):
        random = np.random.default_rng(dice)
        runs: list[Made] = [(1e-2, LOSSES[kinds[random.integers(5)]])]
        while (found := step(by_hand(*runs, most=12))).proposal is not None and found.ending is None:
            assert all(abs(found.proposal.value / rate - 1) > 0.01 for rate, _ in runs), runs
            runs.append((found.proposal.value, LOSSES[kinds[random.integers(5)]]))


def test_after_so_many_runs_it_ends_with_the_best_of_them() -> None:
    slow = [(rate, LOSSES["crawls"]) for rate in (1e-5, 1e-4, 1e-3)]
    found = step(by_hand(*slow, most=3))
    assert (found.ending, found.proposal) == (Ending.LIMIT, None)
    assert found.found is not None
    assert step(by_hand(*slow, most=4)).proposal is not None


def test_a_bound_holds_and_it_says_that_it_would_leave_it() -> None:
    found = step(by_hand((3e-1, LOSSES["crawls"])))
    assert found.proposal is not None
    assert (found.proposal.value, found.proposal.wanted, found.proposal.side) == (1.0, 3.0, Side.HIGH)
    at_bound = step(by_hand((3e-1, LOSSES["crawls"]), (1.0, LOSSES["crawls"])))
    assert (at_bound.ending, at_bound.proposal and at_bound.proposal.wanted) == (Ending.BOUND, 10.0)


def test_a_stepped_or_whole_parameter_gets_a_value_on_its_grid() -> None:
    whole: Mapping[str, Range] = {"lr": IntRange(1, 1000)}
    found = step(by_hand((100, LOSSES["stuck"]), space=whole, parameter="lr", start=100.0)).proposal
    assert found is not None
    assert found.value == 33


def test_a_plateau_that_two_rates_share_is_not_the_rates_doing() -> None:
    """G6: what is left needs capacity, or more training."""
    found = step(by_hand((1e-2, LOSSES["stuck"]), (3.3e-3, [x + 0.005 for x in LOSSES["stuck"]])))
    assert found.ending is Ending.CONVERGED
    assert "larger model" in found.runs[-1].why


def test_a_higher_plateau_than_that_of_a_slow_run_at_a_lower_rate_is_too_high() -> None:
    early = list(0.9 + 1.4 * np.exp(-STEPS / 1.5))
    low = list(2.3 - 0.09 * STEPS)
    found = step(by_hand((1e-3, low), (1e-1, early)))
    assert found.runs[-1].verdict is Verdict.STUCK
    assert found.proposal is not None
    assert found.proposal.value == pytest.approx(1e-2)


def test_a_flat_line_is_too_high_or_too_low_by_the_run_that_moved() -> None:
    flat = list(2.3 + 0.001 * NOISE)
    assert verdict((1e-2, LOSSES["slow"]), (1e-1, flat)) is Verdict.STUCK
    assert verdict((1e-2, LOSSES["stuck"]), (1e-5, flat)) is Verdict.SLOW
    assert verdict((5e-1, flat)) is Verdict.STUCK, "high in its range"
    assert verdict((1e-4, flat)) is Verdict.SLOW, "low in its range"


@pytest.mark.parametrize(
    ("values", "ending"), [([], Ending.SHORT), ([2.3, 1.9, 1.5], Ending.SHORT)], ids=["nothing", "too little"]
)
def test_without_a_curve_there_is_nothing_to_read(values: list[float], ending: Ending) -> None:
    found = step(by_hand((1e-2, values)))
    assert found.ending is ending
    assert found.proposal is None


def test_a_run_that_failed_by_its_code_ends_it_and_one_of_nan_does_not() -> None:
    broken = by_hand((1e-2, [2.3]), last=TrialState.FAILED, reason="KeyError: 'x'")
    assert step(broken).ending is Ending.FAILED
    nanny = by_hand((1e-2, [2.3]), last=TrialState.FAILED, reason="KeyError: 'nanny'")
    assert step(nanny).ending is Ending.FAILED
    diverged = by_hand((1e-2, [2.3]), last=TrialState.FAILED, reason="DivergedError: the loss is NaN at step 4")
    found = step(diverged)
    assert found.runs[-1].verdict is Verdict.DIVERGED
    assert found.proposal is not None


@pytest.mark.parametrize("values", [[], [2.3]], ids=["failed", "no curve"])
def test_once_the_code_was_mended_the_loop_begins_anew(values: list[float]) -> None:
    state = TrialState.FAILED if values else TrialState.COMPLETE
    broken = by_hand((1e-1, LOSSES["slow"]), (3e-1, values), last=state, reason="KeyError: 'x'" if values else "")
    loop = BeginManual().loop(frame(broken), NOON + 60)
    assert (loop.runs, loop.start, loop.base, loop.at) == ({}, 1e-2, {"optimizer": "sgd"}, NOON + 60)
    sound = by_hand((1e-1, LOSSES["slow"]))
    assert BeginManual().loop(frame(sound), NOON + 60) == sound.control.manual


def test_a_run_that_was_cut_short_counts_for_nothing_and_is_run_again() -> None:
    cut = by_hand((1e-2, [2.3]), last=TrialState.FAILED, reason="interrupted by SIGTERM", by_hand=True)
    found = step(cut)
    assert found.runs[-1].verdict is Verdict.GONE
    assert (found.judged, found.proposal and found.proposal.value) == ((), 1e-2)


def test_a_run_that_was_pruned_by_hand_is_judged_if_it_had_shown_enough() -> None:
    early = by_hand((1e-2, LOSSES["slow"][:4]), last=TrialState.PRUNED, by_hand=True, reason="pruned by ann@box")
    assert step(early).runs[-1].verdict is Verdict.GONE
    late = by_hand(
        (1e-2, LOSSES["oscillates"][:12]), last=TrialState.PRUNED, by_hand=True, reason="pruned by ann@box"
    )
    assert step(late).runs[-1].verdict is Verdict.OSCILLATES


def test_while_a_run_trains_nothing_is_proposed_and_a_verdict_waits_for_enough_points() -> None:
    early = step(by_hand((1e-2, LOSSES["well"][:5]), last=TrialState.RUNNING))
    assert (early.proposal, early.ending) == (None, None)
    assert early.open is not None
    assert early.open.verdict is Verdict.OPEN
    assert "5 of the 8 points" in early.open.why
    later = step(by_hand((1e-2, LOSSES["oscillates"][:12]), last=TrialState.RUNNING))
    assert later.open is not None
    assert later.open.verdict is Verdict.OSCILLATES
    assert later.proposal is None


def test_a_lost_run_that_was_retried_is_told_by_its_retry() -> None:
    made = by_hand((1e-2, [2.3]), (1e-2, LOSSES["well"]), runs={0: 1e-2})
    lost = replace(made.trials[0], state=TrialState.FAILED, by_hand=True, values=())
    from hpt_tui.domain.trial_ledger import trials_of

    control = replace(made.control, retried=frozenset({0}))
    again = replace(made, trials=trials_of([lost, made.trials[1]]), control=control)
    assert step(again).ending is Ending.CONVERGED
    assert [run.number for run in step(again).runs] == [0, 1]


# Where it begins


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
