"""Issue 4, item 10: workers that share a seed never draw the same point, and one worker repeats its search."""

from __future__ import annotations

from collections.abc import Mapping

import optuna
import pytest

from hpt_tui.domain.method import Method, Sampling
from hpt_tui.domain.space import Bound
from hpt_tui.search.samplers import Search, make_sampler

Point = tuple[float, int, str]
FREE = [s for s in Sampling if s not in (Sampling.AUTO, Sampling.GRID)]
NOTHING: Mapping[str, Bound] = {}


@pytest.fixture(autouse=True)
def _quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def worker(
    study: optuna.Study, strategy: Sampling, seed: int, bounds: Mapping[str, Bound] = NOTHING
) -> optuna.Study:
    """A study as one more worker process has it."""
    method = Method(strategy, seed=seed)
    return optuna.load_study(
        study_name=study.study_name,
        storage=study._storage,
        sampler=make_sampler(method, Search(study.study_name), lambda: bounds),
    )


def begin(study: optuna.Study) -> tuple[optuna.Trial, Point]:
    trial = study.ask()
    x = trial.suggest_float("x", 0.0, 1.0)
    return trial, (x, trial.suggest_int("n", 1, 9), str(trial.suggest_categorical("kind", ("a", "b"))))


def drawn(strategy: Sampling, seed: int, trials: int = 16, restart: int = 0) -> list[Point]:
    """What one worker draws; ``restart``: after so many trials another process goes on."""
    study = optuna.create_study(study_name="s")
    own, points = worker(study, strategy, seed), list[Point]()
    for number in range(trials):
        if number == restart and restart:
            own = worker(study, strategy, seed)
        trial, point = begin(own)
        points.append(point)
        own.tell(trial, (point[0] - 0.3) ** 2 + point[1])
    return points


@pytest.mark.parametrize("strategy", FREE)
def test_one_worker_repeats_a_search_exactly(strategy: Sampling) -> None:
    assert drawn(strategy, 7) == drawn(strategy, 7)


@pytest.mark.parametrize("strategy", FREE)
def test_another_seed_is_another_search(strategy: Sampling) -> None:
    assert drawn(strategy, 7, 4) != drawn(strategy, 8, 4)


@pytest.mark.parametrize("strategy", [s for s in FREE if s is not Sampling.GP])
def test_one_that_was_restarted_goes_on_as_if_nothing_had_happened(strategy: Sampling) -> None:
    """The Gaussian process keeps its fitted kernel, from which the next fit starts."""
    assert drawn(strategy, 7, restart=5) == drawn(strategy, 7)


@pytest.mark.parametrize("strategy", FREE)
def test_three_workers_of_one_seed_draw_no_point_twice(strategy: Sampling) -> None:
    study = optuna.create_study(study_name="s")
    crew = [worker(study, strategy, 42) for _ in range(3)]
    xs: list[float] = []
    for _ in range(8):
        # All three are at work at once.
        for own, (trial, point) in [(own, begin(own)) for own in crew]:
            xs.append(point[0])
            own.tell(trial, (point[0] - 0.3) ** 2 + point[1])
    assert len(set(xs)) == 24


@pytest.mark.parametrize("strategy", [Sampling.RANDOM, Sampling.QMC])
def test_what_does_not_learn_draws_the_same_points_with_any_number_of_workers(strategy: Sampling) -> None:
    study = optuna.create_study(study_name="s")
    first = worker(study, strategy, 7)
    trial, point = begin(first)
    first.tell(trial, 1.0)
    crew = [worker(study, strategy, 7) for _ in range(3)]
    together = [point, *(begin(own)[1] for _ in range(4) for own in crew)]
    assert together == drawn(strategy, 7, 13)


@pytest.mark.parametrize("strategy", FREE)
def test_a_moved_bound_does_not_begin_the_random_numbers_anew(strategy: Sampling) -> None:
    study = optuna.create_study(study_name="s")
    bounds: dict[str, Bound] = {}
    own, xs = worker(study, strategy, 7, bounds), list[float]()
    for number in range(12):
        if number == 6:
            # As wide, so that the same random numbers would give the same points.
            bounds["n"] = Bound(1, 9, 1.0)
        trial, point = begin(own)
        xs.append(point[0])
        own.tell(trial, (point[0] - 0.3) ** 2)
    assert len(set(xs)) == 12


def test_without_a_seed_workers_draw_from_the_machines_entropy() -> None:
    firsts = set()
    for _ in range(3):
        study = optuna.create_study(study_name="s")
        sampler = make_sampler(Method(Sampling.RANDOM), Search("s"), lambda: NOTHING)
        firsts.add(begin(optuna.load_study(study_name="s", storage=study._storage, sampler=sampler))[1])
    assert len(firsts) == 3
