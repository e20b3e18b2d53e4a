"""Studies that vanish, many workers at once, and signals at the worst moment."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from optuna.storages import BaseStorage
from optuna.trial import TrialState

from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import open_storage
from hpt_tui.store.metrics import metric_writer
from tests.waiting import eventually
from tests.worker.bench import STUDIES, Bench, now


def test_a_hail_of_orders_and_signals_harms_nothing(file_bench: Bench) -> None:
    """Trials that report flat out, each ordered to be pruned, while SIGUSR1 falls all the time."""
    file_bench.create(STUDIES / "plain_quadratic.py", budget=40)
    for number in range(0, 40, 2):
        file_bench.control.prune(number, now())
    worker = file_bench.start(STUDIES / "plain_quadratic.py")
    file_bench.finished(1)

    def over() -> bool:
        if worker.poll() is None:
            worker.send_signal(signal.SIGUSR1)
        return worker.poll() is not None

    eventually(over, 60, every=0.003)
    assert worker.returncode == 0, file_bench.said()
    trials = file_bench.trials()
    assert len(trials) == 40
    assert not [t for t in trials if t.state in (TrialState.RUNNING, TrialState.FAIL)]
    assert all(t.state is TrialState.PRUNED for t in trials[::2])


def test_a_signal_while_the_study_file_is_imported(bench: Bench, tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("print('importing', flush=True)\nimport time\nfor _ in range(3000): time.sleep(0.02)\n")
    bench.create(slow)
    worker = bench.start(slow)
    eventually(lambda: "importing" in bench.said())
    worker.terminate()
    assert bench.ended(worker) == 128 + signal.SIGTERM
    assert bench.trials() == []


def test_a_deleted_study_ends_its_worker(bench: Bench) -> None:
    bench.create(STUDIES / "plain_quadratic.py")
    worker = bench.start(STUDIES / "plain_quadratic.py")
    bench.finished(2)
    bench.storage.delete_study(bench.study_id)
    assert bench.ended(worker) != 0
    assert "deleted" in bench.said()


def test_children_of_the_objective_die_of_signals_as_usual(bench: Bench, tmp_path: Path) -> None:
    forks = tmp_path / "forks.py"
    forks.write_text(
        "import os, signal, time\n"
        "def objective(trial):\n"
        "    ready, say = os.pipe()\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        os.write(say, b'!')\n"
        "        while True: time.sleep(0.02)\n"
        "    os.read(ready, 1)\n"
        "    os.kill(child, signal.SIGTERM)\n"
        "    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n"
    )
    bench.create(forks, budget=1)
    assert bench.ended(bench.start(forks)) == 0
    assert bench.trials()[0].value == -signal.SIGTERM


def test_many_workers_may_log_their_first_curve_at_once(any_bench: Bench) -> None:
    any_bench.create(STUDIES / "plain_quadratic.py")
    storages = [open_storage(any_bench.address, writable=True) for _ in range(6)]
    trials = [any_bench.storage.create_new_trial(any_bench.study_id) for _ in storages]
    start = threading.Barrier(len(storages))

    def log(storage: BaseStorage, trial_id: int) -> None:
        start.wait()
        metric_writer(storage)(trial_id, 0, {"loss": 1.0})

    with ThreadPoolExecutor(len(storages)) as pool:
        list(pool.map(log, storages, trials))
    study = any_bench.seen()
    assert len(study.curves) == len(trials)


def test_opening_a_file_again_keeps_the_locks_of_this_process(bench: Bench) -> None:
    """Else the next process to end takes itself for the last one, and deletes the log under our connections."""
    bench.create(STUDIES / "plain_quadratic.py", budget=3)
    bench.trials()
    open_storage(parse_address(str(bench.address.file)), writable=True)
    assert bench.ended(bench.start(STUDIES / "plain_quadratic.py")) == 0
    assert Path(f"{bench.address.file}-wal").exists()
    assert len(bench.trials()) == 3
