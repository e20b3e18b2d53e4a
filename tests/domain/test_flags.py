"""All red flags together: order, silence of the states that a view is shown in, real sampler output, cost."""

from __future__ import annotations

import dataclasses
import math

import pytest

from hpt_tui.domain.flags import rules as flags
from hpt_tui.domain.flags.flag import Severity
from hpt_tui.domain.flags.rules import check
from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, Outline, StudySnapshot
from hpt_tui.domain.space import FloatRange, ParamValue
from hpt_tui.domain.trial import Direction, TrialState
from tests.builders import curve, study, trial

HOSTILE = "\x1b[2J[red]lr[/]\n\u202e"

SILENT = {
    "empty": EMPTY_SNAPSHOT,
    "one running": study([trial(0, TrialState.RUNNING, None)]),
    "one complete": study([trial(0)]),
    "all waiting": study([trial(n, TrialState.WAITING, None) for n in range(50)]),
    "no parameters": study([trial(n, value=n / 50, params={}, ranges={}) for n in range(50)], declared={}),
}


@pytest.mark.parametrize("snapshot", SILENT.values(), ids=SILENT)
def test_nothing_to_say(snapshot: StudySnapshot) -> None:
    assert check(snapshot) == ()


def varied(n: int) -> dict[str, ParamValue]:
    """A configuration of its own for each trial."""
    return {
        "lr": 1e-4 * (n + 1),
        "weight_decay": 1e-6 * (n + 1),
        "dropout": n / 100,
        "batch_size": 16 + n,
        "optimizer": ("sgd", "adamw")[n % 2],
    }


def sick() -> StudySnapshot:
    """All complete trials identical, and a third of all went NaN."""
    trials = [trial(n, value=0.1, params=varied(n), baseline=n == 0) for n in range(20)]
    trials += [trial(20 + n, TrialState.FAILED, None, steps=2, non_finite=True) for n in range(10)]
    return study(trials)


def test_the_worst_come_first_and_keep_their_order() -> None:
    found = check(sick())
    assert [f.id for f in found] == ["constant", "early-death", "failing", "baseline-wins"]
    assert [f.severity for f in found] == [Severity.CRITICAL, *[Severity.WARNING] * 3]
    assert [f.key for f in check(sick())] == [f.key for f in found]


def test_nothing_is_judged_while_a_big_study_is_being_read() -> None:
    """Issue 3: its newest and its best trials are no fair sample."""
    part = dataclasses.replace(sick(), outline=Outline(dict.fromkeys(TrialState, 20_000), read=30))
    assert check(part) == ()


def test_keys_are_unique() -> None:
    found = check(sick())
    assert len({f.key for f in found}) == len(found)


def test_several_objectives_are_judged_only_by_what_needs_no_best() -> None:
    several = dataclasses.replace(sick(), directions=(Direction.MAXIMIZE, Direction.MINIMIZE))
    assert [f.id for f in check(several)] == ["early-death", "failing"]


def test_hostile_text_comes_out_plain_in_every_sentence() -> None:
    space = {HOSTILE: FloatRange(1e-4, 1e-1, log=True)}
    trials = [
        trial(
            n,
            TrialState.FAILED if n % 2 else TrialState.COMPLETE,
            0.9 - n / 100,
            params={HOSTILE: 0.1 * 0.95**n},
            ranges=space,
            reason=HOSTILE,
            steps=1 if n % 2 else 30,
        )
        for n in range(40)
    ]
    curves = [curve(n, "train_loss", [2.0, 1.9, 1.8, *[1.0, 5.0] * 10]) for n in range(40)]
    found = check(study(trials, curves=curves, declared=space, metric=HOSTILE))
    assert {f.id for f in found} >= {"edge", "early-death", "failing", "spiky-loss"}
    for flag in found:
        shown = (
            flag.summary,
            flag.cause,
            flag.fix,
            flag.why_no_order,
            *(str(part) for line in flag.evidence for part in line),
        )
        assert all(text.isprintable() for text in shown)


def test_every_flag_is_whole() -> None:
    for flag in check(sick()):
        assert flag.summary and flag.cause and flag.fix and flag.evidence and flag.trials
        assert flag.rule == "G24" or flag.rule.startswith("G24.")
        assert (flag.order is None) == flag.why_no_order.endswith(".")
        assert "(C" not in str(flag.evidence)
        assert flag.cause.endswith(".") and flag.fix.endswith(".")


def test_infinite_and_nan_values_are_survived() -> None:
    odd = [math.inf, -math.inf, math.nan] * 10
    trials = [trial(n, value=v, params={"lr": 1e-3 * (n + 1)}, non_finite=True) for n, v in enumerate(odd)]
    curves = [curve(n, "train_loss", odd) for n in range(30)]
    assert {f.id for f in check(study(trials, curves=curves))} >= {"early-death"}


def test_the_rules_are_listed_once() -> None:
    assert len(set(flags.FLAG_IDS)) == len(flags.FLAG_IDS) == 17
    assert len(flags.RULES) + len(flags.OUTSIDE_RULES) == 17
