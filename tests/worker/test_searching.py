"""Issue 4, items 1 and 10, in real workers: the study's method, bounds moved while they run, seeds."""

from __future__ import annotations

import pytest
from optuna.distributions import FloatDistribution

from hpt_tui.domain.description import Description
from hpt_tui.domain.method import wish
from hpt_tui.domain.space import FloatRange
from hpt_tui.store.create import create_study
from tests.worker.bench import NAME, STUDIES, Bench, now

FILE = STUDIES / "two_numbers.py"
DESCRIBED = Description(NAME, str(FILE), "objective")
X = FloatRange(-1.0, 1.0)


def search(bench: Bench, strategy: str, *, trials: int, seed: int | None = None, pruner: str = "none") -> None:
    """Make the study, or go on with it, as ``run`` does."""
    told = wish(strategy, pruner, seed)
    bench.create(FILE, DESCRIBED, budget=trials)
    create_study(bench.address, DESCRIBED, name=NAME, budget=trials, told=told)


def xs(bench: Bench) -> list[float]:
    return [t.params["x"] for t in bench.finished(1)]


def test_a_widened_bound_reaches_the_model_of_the_very_next_trial_on_any_storage(any_bench: Bench) -> None:
    """QMC of plain Optuna would never leave the old range."""
    search(any_bench, "qmc", trials=4, seed=1)
    assert any_bench.ended(any_bench.start(FILE)) == 0
    any_bench.control.change_bound("x", X, -100.0, 100.0, now())
    search(any_bench, "qmc", trials=12, seed=1)
    assert any_bench.ended(any_bench.start(FILE)) == 0
    found = any_bench.finished(12)
    assert [t.distributions["x"] for t in found[4:]] == [FloatDistribution(-100.0, 100.0)] * 8
    assert sum(abs(x) > 1 for x in xs(any_bench)[4:]) >= 6
    assert [t.distributions["x"] for t in found[:4]] == [FloatDistribution(-1.0, 1.0)] * 4, "nothing is rewritten"


@pytest.mark.parametrize("strategy", ["random", "tpe", "qmc"])
def test_three_workers_of_one_seed_draw_no_point_twice(bench: Bench, strategy: str) -> None:
    search(bench, strategy, trials=24, seed=42)
    for process in [bench.start(FILE, slot=slot) for slot in range(3)]:
        assert bench.ended(process) == 0
    assert len(set(xs(bench))) == 24


def test_one_worker_repeats_a_search_also_if_it_was_restarted(
    bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> None:
    search(bench, "tpe", trials=12, seed=7)
    assert bench.ended(bench.start(FILE)) == 0
    search(bench, "tpe", trials=16)
    assert bench.ended(bench.start(FILE)) == 0
    folder = tmp_path_factory.mktemp("again")
    other = Bench(
        type(bench.address)(bench.address.kind, f"sqlite:///{folder}/b.db", "b", folder / "b.db"), folder
    )
    try:
        search(other, "tpe", trials=16, seed=7)
        assert other.ended(other.start(FILE)) == 0
        assert xs(other) == xs(bench)
    finally:
        other.close()


def test_a_worker_that_runs_follows_a_change_of_the_method(bench: Bench) -> None:
    search(bench, "random", trials=100_000, seed=1)
    process = bench.start(FILE)
    bench.finished(5)
    search(bench, "qmc", trials=100_000)
    bench._until(lambda: "searching by qmc · no pruner · seed 1" in bench.said() or None)
    many = len(bench.finished(1))
    bench.finished(many + 3)
    bench.control.stop(True, now())
    assert bench.ended(process) == 0
    assert bench.said().index("searching by random") < bench.said().index("searching by qmc")


def test_a_method_that_cannot_be_had_ends_the_worker_in_a_line(bench: Bench) -> None:
    search(bench, "random", trials=5)
    record = bench.seen()
    assert record.method is not None
    document = {**bench.control.attributes()["hpt:spec"], "method": {"strategy": "grid"}}  # type: ignore[dict-item]
    bench.storage.set_study_user_attr(bench.study_id, "hpt:spec", document)
    assert bench.ended(bench.start(FILE)) != 0
    assert "a grid needs to know the space before it starts" in bench.said()
