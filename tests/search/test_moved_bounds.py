"""Issue 4, item 1: after a widen every sampler draws beyond the old bound and goes on learning; after a narrow
what lies outside misleads none. Every probe has a seed. `benchmarks/samplers.py` prints the distances."""

from __future__ import annotations

from functools import cache

import optuna
import pytest
from optuna.trial import TrialState

from benchmarks.samplers import AWAY, NARROWED, SUBJECTS, WIDEN, Case, Probe, plainly, steered
from hpt_tui.domain.method import Method, Sampling
from hpt_tui.domain.space import Bound
from hpt_tui.search.samplers import Search, make_sampler

MODELS = [name for name, subject in SUBJECTS.items() if subject.learns]
STUCK = ["qmc", "tpe-group"]
"""What plain Optuna never lets out of the old range."""
LOST = ["gp", "cmaes", "nsga2"]
"""What plain Optuna draws at random from then on."""
SEED = 1


@cache
def found(name: str, case: Case) -> Probe:
    return steered(name, case, SEED)


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_widened_range_is_searched_beyond_the_old_bound_from_the_first_trial_on(name: str) -> None:
    probe = found(name, WIDEN)
    assert probe.beyond >= 0.5
    assert probe.first_beyond


@pytest.mark.parametrize("name", MODELS)
def test_what_was_learned_before_the_widening_still_counts(name: str) -> None:
    assert found(name, WIDEN).distance < 0.75 * found("random", WIDEN).distance


@pytest.mark.parametrize("name", STUCK)
def test_plain_optuna_would_stay_in_the_old_range(name: str) -> None:
    assert plainly(name, WIDEN, SEED).beyond == 0


@pytest.mark.parametrize("name", LOST)
def test_plain_optuna_would_draw_at_random(name: str) -> None:
    assert found(name, WIDEN).distance < 0.75 * plainly(name, WIDEN, SEED).distance


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("case", [NARROWED, AWAY], ids=["round the optimum", "away from the best"])
def test_a_narrowed_range_is_kept_from_the_first_trial_on(name: str, case: Case) -> None:
    probe = found(name, case)
    assert probe.inside
    assert probe.first_beyond


@pytest.mark.parametrize("name", ["tpe", "tpe-group", "gp", "cmaes"])
def test_better_trials_outside_do_not_draw_a_search_to_the_edge(name: str) -> None:
    assert found(name, AWAY).distance < 6


def test_default_tpe_would_go_to_the_edge_without_the_view() -> None:
    assert plainly("tpe", AWAY, SEED).distance > 2 * found("tpe", AWAY).distance


def test_cma_es_is_not_warmed_up_with_what_lies_out_of_bounds() -> None:
    """A configuration that was enqueued from outside must not end every trial after the next moved bound."""
    bounds: dict[str, Bound] = {}
    sampler = make_sampler(Method(Sampling.CMAES, seed=SEED), Search("s"), lambda: dict(bounds))
    study = optuna.create_study(sampler=sampler)
    study.enqueue_trial({"x": 7.0})
    study.optimize(lambda trial: sum(trial.suggest_float(name, 0.0, 1.0) for name in "xy"), n_trials=15)
    bounds["y"] = Bound(0.0, 3.0)
    study.optimize(lambda trial: sum(trial.suggest_float(name, 0.0, 1.0) for name in "xy"), n_trials=3)
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE}
