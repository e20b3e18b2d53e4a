"""kill -9 where one phase ends and the next begins: whoever comes next goes on; nothing is there twice (G17)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from optuna.trial import TrialState

from hpt_tui.domain.description import Description
from hpt_tui.domain.phases.wish import parse_plan
from hpt_tui.store.create import create_study
from hpt_tui.store.plan_documents import decode_plan
from hpt_tui.store.translate import to_row
from tests.worker.bench import NAME, ROOT, STUDIES, Bench

_KILLED = """
import os, signal, sys
import hpt_tui.store.phase_book as phase_book, hpt_tui.store.validation as validation
from hpt_tui.worker.loop import run_worker
from hpt_tui.worker.options import WorkerOptions
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
make, calls = validation._make, []
def once(*arguments):
    calls.append(1)
    return make(*arguments) if len(calls) == 1 else die()
if sys.argv[1] == "in the transaction":
    phase_book.encode_begun = die
elif sys.argv[1] == "between two runs":
    validation._make = once
sys.exit(run_worker(WorkerOptions(target=sys.argv[2], storage=sys.argv[3], study=sys.argv[4])))
"""


def test_a_worker_that_is_killed_at_a_transition_leaves_nothing_half_done(bench: Bench) -> None:
    file = STUDIES / "plain_quadratic.py"
    described = Description(NAME, str(file), "objective")
    bench.study_id = create_study(
        bench.address, described, name=NAME, plan=parse_plan("phases:explore=6,refine=4,top=2,seeds=2")
    )
    bench.create(file, described)

    assert _worker(bench, str(file), "in the transaction") == -signal.SIGKILL
    assert len(bench.trials()) == 6
    assert _phase(bench) == 0
    assert _worker(bench, str(file), "between two runs") == -signal.SIGKILL
    assert [to_row(t).validates is None for t in bench.trials()] == [True] * 10 + [False]
    assert _phase(bench) == 2
    assert _worker(bench, str(file), "never") == 0

    rows = [to_row(t) for t in bench.trials()]
    runs = [(row.validates.of, row.validates.seed) for row in rows if row.validates is not None]
    assert len(rows) - len(runs) == 10
    assert len(runs) == len(set(runs)) == 4
    assert not any(t.state in (TrialState.RUNNING, TrialState.WAITING) for t in bench.trials())
    phases = [event.subject for event in bench.seen().events if event.act == "phase"]
    assert phases == ["explore", "refine", "validate"]


def _phase(bench: Bench) -> int:
    plan = decode_plan(bench.control.attributes())
    assert plan is not None
    return plan.now.index


def _worker(bench: Bench, file: str, killed: str) -> int:
    argv = [sys.executable, "-c", _KILLED, killed, file, bench.address.url, NAME]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(argv, env=environment, timeout=60, check=False, capture_output=True).returncode
