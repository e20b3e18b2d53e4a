"""G25: the debugging checklist, each line with its measured number; G6 and G27 beside it."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.checklist import Answer, Check, checklist
from hpt_tui.domain.flags.rules import check
from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, StudySnapshot
from hpt_tui.domain.space import FloatRange
from hpt_tui.domain.trial import TrialState
from tests.builders import study, trial
from tests.domain.test_diagnosis import HEALTHY, best_with, rising
from tests.domain.test_flags import varied


def lines(snapshot: StudySnapshot) -> dict[str, Check]:
    return {line.id: line for line in checklist(snapshot, check(snapshot))}


def healthy(count: int = 30) -> StudySnapshot:
    """The best in the middle of everything; the first trial is the default."""
    trials = []
    for n in range(count):
        at = n / (count - 1)
        params = {**varied(n), "lr": 1e-4 * 1000**at, "weight_decay": 1e-6 * 10_000**at, "dropout": 0.6 * at}
        trials.append(trial(n, value=0.9 - (at - 0.5) ** 2 - n % 2 / 1000, params=params, baseline=n == 0))
    return study(trials)


def test_a_healthy_study_answers_yes_with_numbers() -> None:
    found = lines(healthy())
    assert [*found] == [
        *("trials-differ", "results-differ", "pruned-share", "best-inside", "random-differ"),
        *("best-fit", "beats-baseline"),
    ]
    answers = {id_: line.answer for id_, line in found.items()}
    assert answers == {**dict.fromkeys(found, Answer.YES), "best-fit": Answer.UNKNOWN}
    assert found["trials-differ"].measured == "30 different configurations in the last 30 trials"
    assert found["pruned-share"].measured == "0 of 30 (0 %) pruned"
    assert "from every end" in found["best-inside"].measured
    assert found["beats-baseline"].measured.startswith("better: tuned 0.8")


def test_trials_of_one_configuration_do_not_differ() -> None:
    line = lines(study(trial(n) for n in range(20)))["trials-differ"]
    assert (line.answer, line.measured) == (Answer.NO, "1 different configurations in the last 20 trials")


def test_results_that_are_all_the_same_do_not_differ() -> None:
    found = lines(study(trial(n, value=0.1, params=varied(n)) for n in range(20)))
    assert found["results-differ"].answer is Answer.NO
    assert found["random-differ"].answer is Answer.NO
    assert "span 0" in found["random-differ"].measured


def test_a_pruner_that_leaves_nothing_is_answered_no() -> None:
    trials = [trial(n, TrialState.PRUNED if n else TrialState.COMPLETE, 0.5, params=varied(n)) for n in range(40)]
    assert lines(study(trials))["pruned-share"].measured == "39 of 40 (98 %) pruned"
    assert lines(study(trials))["pruned-share"].answer is Answer.NO


def test_a_best_at_a_boundary_is_named_with_its_distance() -> None:
    trials = [trial(n, value=n / 100, params={**varied(n), "lr": 1e-4 * 1000 ** (n / 39)}) for n in range(40)]
    line = lines(study(trials))["best-inside"]
    assert line.answer is Answer.NO
    assert "lr 0 % from its upper end" in line.measured


def test_natural_limits_are_no_boundary() -> None:
    """A dropout of 0 is as low as it gets."""
    space = {"dropout": FloatRange(0.0, 1.0)}
    trials = [replace(trial(n, value=-n / 100), params={"dropout": n / 39}, ranges=space) for n in range(40)]
    line = lines(study(trials, declared=space))["best-inside"]
    assert (line.answer, line.measured) == (Answer.YES, "no range has an end that is not a natural limit")


def test_nothing_is_known_of_an_empty_study() -> None:
    assert {line.answer for line in lines(EMPTY_SNAPSHOT).values()} == {Answer.UNKNOWN}
    assert {line.answer for line in lines(study([trial(0, TrialState.RUNNING, None)])).values()} == {
        Answer.UNKNOWN
    }


def test_what_is_measured_ends_without_a_full_stop() -> None:
    """Who shows it sets one: the advice, which has its own, must not make it two."""
    slow = best_with({**HEALTHY, "val_acc": rising(0.1, 0.9, speed=0.2)})
    line = lines(slow)["best-fit"]
    assert line.answer is Answer.NO
    assert line.measured.endswith("or train longer")
