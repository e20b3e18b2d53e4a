"""Real workers on the servers without SQL: a Redis journal and Optuna's gRPC proxy (issue 3, item 4)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from optuna.trial import TrialState

from hpt_tui.domain.space import FloatRange
from hpt_tui.store.address import parse_address
from tests.proxies import ProxyProcess, free_port
from tests.storages import fresh_storage
from tests.worker.bench import STUDIES, Bench, now

PATIENT = STUDIES / "patient.py"


@pytest.fixture(params=("redis", "grpc"))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with fresh_storage(request.param, tmp_path) as address:
        made = Bench(address, tmp_path)
        try:
            yield made
        finally:
            made.close()


def test_a_bound_a_prune_and_a_stop_reach_the_worker(bench: Bench) -> None:
    bench.create(PATIENT)
    worker = bench.start(PATIENT)
    first = bench.running()
    bench.control.change_bound("x", FloatRange(-1.0, 1.0), 5.0, 6.0, now())
    bench.control.prune(first.number, now())
    assert bench.finished(1)[0].state is TrialState.PRUNED
    steered = bench.running()
    assert 5.0 <= steered.params["x"] <= 6.0
    bench.control.stop(True, now(), now=True)
    assert bench.ended(worker) == 0
    assert [t.state for t in bench.trials()] == [TrialState.PRUNED, TrialState.FAIL]


def test_a_worker_lives_through_the_restart_of_its_proxy(tmp_path: Path) -> None:
    with fresh_storage("grpc", tmp_path):
        behind, port = f"sqlite:///{tmp_path / 'behind.db'}", free_port()
    with contextlib.closing(Bench(parse_address(f"grpc://127.0.0.1:{port}"), tmp_path)) as bench:
        with ProxyProcess() as process:
            process.serve(behind, port)
            bench.create(PATIENT)
            worker = bench.start(PATIENT)
            before = len(bench.running(2).intermediate_values)
        with ProxyProcess() as process:
            process.serve(behind, port)
            assert bench.running(before + 5).number == 0
            bench.control.stop(True, now(), now=True)
            assert bench.ended(worker) == 0
            assert [t.state for t in bench.trials()] == [TrialState.FAIL]
