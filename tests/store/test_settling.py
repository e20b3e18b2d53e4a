"""Issue 5, item 1: by which method a study is searched, and that every later run and worker keeps to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    distribution_to_json,
)

from hpt_tui.domain.description import Description
from hpt_tui.domain.method import Method, Pruning, Sampling, Wish, wish
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import IntRange
from hpt_tui.errors import InputError, StudyFileError
from hpt_tui.store import keys
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.create import create_study
from hpt_tui.store.reader import open_reader

NOBODY = Wish()


def declaring(baseline: float | None = None, **space: BaseDistribution) -> Description:
    return Description(
        *("s", "/x.py", "objective", "acc", "maximize"),
        space={name: distribution_to_json(d) for name, d in space.items()},
        baseline={} if baseline is None else {"n": baseline},
        declared=True,
    )


PLAIN = declaring(lr=FloatDistribution(1e-4, 1e-1, log=True))
GRID = replace(declaring(n=IntDistribution(1, 5), kind=CategoricalDistribution(("a", "b"))), strategy="grid")


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    yield


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


def run(place: Path, description: Description, told: Wish = NOBODY, budget: int | None = None) -> StudySnapshot:
    """The study after one more ``run``."""
    address = parse_address(str(place))
    create_study(address, description, told=told, budget=budget)
    reader = open_reader(address, "s")
    try:
        return reader.poll()
    finally:
        reader.close()


def changes(study: StudySnapshot) -> list[str]:
    return [e.sentence for e in study.events if e.act.endswith("-method")]


def test_g21_where_nobody_says_anything_it_is_tpe_and_the_median(place: Path) -> None:
    found = run(place, PLAIN)
    assert found.method == Method(Sampling.TPE, Pruning.MEDIAN, None)
    assert changes(found) == []


def test_the_command_line_goes_before_the_file(place: Path) -> None:
    asking = replace(PLAIN, strategy="random", pruner="gap", seed=3)
    assert run(place, asking, wish("gp")).method == Method(Sampling.GP, Pruning.GAP, 3)


def test_what_was_chosen_stays_for_later_runs(place: Path) -> None:
    asking = replace(PLAIN, strategy="random")
    run(place, asking, wish("gp", "none", 7))
    found = run(place, asking)
    assert found.method == Method(Sampling.GP, Pruning.NONE, 7)
    assert changes(found) == []


def test_another_choice_later_is_a_change_that_the_journal_tells(place: Path) -> None:
    run(place, PLAIN)
    found = run(place, PLAIN, wish("gp", seed=7))
    assert found.method == Method(Sampling.GP, Pruning.MEDIAN, 7)
    assert changes(found) == ["change method tpe · median → gp · median · seed 7"]
    event = next(e for e in found.events if e.act == "change-method")
    assert (dict(event.was)["strategy"], dict(event.became)["strategy"]) == ("tpe", "gp")


def test_so_is_an_edit_of_the_study_file(place: Path) -> None:
    run(place, replace(PLAIN, pruner="gap"), wish("gp"))
    found = run(place, replace(PLAIN, pruner="none"))
    assert found.method == Method(Sampling.GP, Pruning.NONE), "the strategy was told, and its line is as before"
    assert changes(found) == ["change method gp · gap → gp · no pruner"]


def test_g11_auto_settles_before_the_first_trial_and_says_by_which_rule(place: Path) -> None:
    found = run(place, replace(PLAIN, strategy="auto"))
    assert found.method is not None
    assert found.method.strategy is Sampling.QMC
    assert changes(found) == ["choose method: qmc · median (auto: G11: 1 parameter)"]
    assert run(place, replace(PLAIN, strategy="auto")).method == found.method


@pytest.mark.parametrize(("asked", "budget"), [(None, 10), (4, 4), (50, 10)])
def test_g14_a_grid_has_as_many_trials_as_configurations(place: Path, asked: int | None, budget: int) -> None:
    assert run(place, GRID, budget=asked).budget == budget


def test_g14_a_baseline_beside_the_grid_comes_on_top(place: Path) -> None:
    beside = replace(GRID, baseline={"n": 9, "kind": "a"})
    assert run(place, beside).budget == 11
    on_it = replace(GRID, baseline={"n": 1, "kind": "a"})
    assert run(place.with_name("t.db"), on_it).budget == 10


@pytest.mark.parametrize(
    ("description", "told", "kind", "problem"),
    [
        (PLAIN, wish("grid"), StudyFileError, "cannot go through lr"),
        (Description("s", "/x.py", "objective"), wish("grid"), StudyFileError, "declare a StudySpec"),
        (PLAIN, wish("", "hyperband"), InputError, "steps"),
    ],
)
def test_what_cannot_be_searched_so_is_refused_and_nothing_is_made(
    place: Path, description: Description, told: Wish, kind: type[InputError], problem: str
) -> None:
    with pytest.raises(kind, match=problem):
        run(place, description, told)
    assert not place.exists()


def test_a_study_keeps_its_method_where_a_change_is_refused(place: Path) -> None:
    run(place, PLAIN, wish("gp"))
    with pytest.raises(StudyFileError):
        run(place, PLAIN, wish("grid"))
    found = run(place, PLAIN)
    assert found.method == Method(Sampling.GP)


def test_a_grid_is_not_put_over_bounds_that_were_moved(place: Path) -> None:
    described = replace(GRID, strategy="")
    run(place, described)
    storage = open_storage(parse_address(str(place)), writable=True)
    control = StudyControl(storage, storage.get_study_id_from_name("s"), "ann@lab")
    control.change_bound("n", IntRange(1, 5), 1, 9, 1.0)
    with pytest.raises(InputError, match="the bounds of n were moved; move them back first"):
        run(place, described, wish("grid"))
    control.change_bound("n", IntRange(1, 5), 1, 5, 2.0)
    assert run(place, described, wish("grid")).method == Method(Sampling.GRID)


def test_a_package_that_is_missing_is_said_before_anything_is_made(place: Path) -> None:
    def missing(method: Method) -> None:
        raise InputError(f"strategy {method.strategy}", "needs cmaes, which is not installed")

    with pytest.raises(InputError, match="needs cmaes"):
        create_study(parse_address(str(place)), PLAIN, told=wish("cmaes"), approve=missing)
    assert not place.exists()


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        (
            {"kind": CategoricalDistribution(("a", "b"))},
            {"kind": CategoricalDistribution(("a", "b", "c"))},
            "kind is a, b, c here, but a, b in the trials of the study 's'; take its trials along into a fork",
        ),
        (
            {"lr": FloatDistribution(1e-4, 1e-1, log=True)},
            {"lr": FloatDistribution(1e-4, 1e-1)},
            "lr is 0.0001 .. 0.1 linear here, but 1.0e-4 .. 1.0e-1 log in the trials of the study 's'; take its",
        ),
        (
            {"n": IntDistribution(1, 5)},
            {"n": FloatDistribution(1, 5)},
            "(hpt-tui fork), or give the study another",
        ),
        (
            {"n": FloatDistribution(1, 5)},
            {"n": IntDistribution(1, 5)},
            "of the study 's'; give the study another name",
        ),
        ({"n": FloatDistribution(1, 5)}, {"n": CategoricalDistribution((1, 2))}, "; give the study another name"),
    ],
    ids=["choices", "scale", "floats for whole numbers", "whole numbers for floats", "kind"],
)
def test_a_space_that_the_trials_do_not_go_with_is_refused(
    place: Path, before: dict[str, BaseDistribution], now: dict[str, BaseDistribution], says: str
) -> None:
    """Optuna would fail every trial that asks for such a parameter."""
    run(place, declaring(None, **before))
    study = optuna.load_study(study_name="s", storage=open_storage(parse_address(str(place)), writable=True))
    study.tell(study.ask(before), 1.0)
    with pytest.raises(StudyFileError) as caught:
        run(place, declaring(None, **now))
    assert says in caught.value.line
    run(place, declaring(None, **before))


def test_g14_a_grid_whose_points_changed_is_refused_once_trials_of_it_ran(place: Path) -> None:
    """Its trials are numbered by the points: some configurations would never be run."""
    run(place, GRID)
    more = replace(GRID, space={**GRID.space, "n": distribution_to_json(IntDistribution(1, 6))})
    run(place, more)
    study = optuna.load_study(study_name="s", storage=open_storage(parse_address(str(place)), writable=True))
    study.add_trial(optuna.trial.create_trial(value=1.0, system_attrs={keys.TRIAL_GRID: 3}))
    with pytest.raises(StudyFileError, match="the values of n on the grid are others than in the trials that ran"):
        run(place, GRID)
    assert run(place, GRID, wish("random")).method == Method(Sampling.RANDOM)
    assert run(place, more, wish("grid")).method == Method(Sampling.GRID)
