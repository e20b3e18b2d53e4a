"""G10 in a real worker: while a study is searched by hand it runs what was ordered, whole, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.description import Description
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.method import wish
from hpt_tui.domain.worker import WorkerState
from hpt_tui.store import keys
from hpt_tui.store.create import create_study
from tests.worker.bench import NAME, STUDIES, Bench, now

FILE = STUDIES / "by_hand.py"
DESCRIBED = Description(NAME, str(FILE), "objective", metric="val_loss", direction="minimize", steps=20)


def test_a_worker_waits_for_orders_and_prunes_none_of_the_runs(file_bench: Bench) -> None:
    bench = file_bench
    bench.create(FILE, DESCRIBED, budget=1)
    # Successive halving ends a bad trial from the second one on.
    create_study(bench.address, DESCRIBED, name=NAME, budget=1, told=wish(pruner="asha"), by_hand=True)
    loop = ManualLoop("lr", 0.25, {"kind": "b"}, at=now())
    bench.control.search_by_hand(loop)
    process = bench.start(FILE)
    bench.lease(lambda lease: lease.state is WorkerState.WAITING)
    for place, rate in enumerate((0.25, 1e-5, 1e-5), 1):
        bench.control.enqueue_run({"lr": rate, "kind": "b"}, loop, place, rate)
        done = bench.finished(place)
    assert [(t.params["lr"], len(t.intermediate_values)) for t in done] == [(0.25, 20), (1e-5, 20), (1e-5, 20)]
    assert [t.user_attrs[keys.TRIAL_MANUAL]["step"] for t in done] == [1, 2, 3]
    assert process.poll() is None, "beyond the budget it waits for more"

    bench.control.search_by_hand(replace(loop, on=False))
    assert bench.ended(process) == 0
    assert len(bench.trials()) == 3, "the runs use up the budget of the search"
