"""Own objectives, not a line of them changed, run under ``hpt-tui run`` with two workers, and are steered:
scikit-learn, XGBoost's callback, Lightning with its pruning callback, two objectives, conditional parameters."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.cli import run_command_line
from hpt_tui.errors import StorageError
from hpt_tui.store import keys
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import close_storage, open_storage
from tests.waiting import eventually

OWN = Path(__file__).parent / "studies" / "own"

pytestmark = pytest.mark.train


@dataclass(frozen=True)
class Case:
    """An objective, what it needs to run, and what is done to it meanwhile."""

    file: str
    widened: str
    high: float
    directions: str = "minimize"
    module: str = "sklearn"
    stop: tuple[str, ...] = ()


NOW = ("--now", "--yes")
CASES = [
    Case("on_sklearn", "alpha", 1.0),
    Case("on_xgboost", "max_depth", 8, module="xgboost"),
    Case("on_lightning", "lr", 1.0, directions="maximize", module="lightning", stop=NOW),
    Case("multi_objective", "alpha", 1.0, directions="minimize,minimize", stop=NOW),
    Case("conditional", "svc_c", 1e4, directions="maximize"),
]


def needs(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is NOT tested: it is not installed (pip install 'hpt-tui[test]')")


@dataclass
class Search:
    """``hpt-tui run`` of one objective in a process of its own, and orders to it from the shell."""

    process: subprocess.Popen[str]
    database: Path
    capsys: pytest.CaptureFixture[str]

    def trials(self) -> list[FrozenTrial]:
        try:
            storage = open_storage(parse_address(str(self.database)), writable=False)
        except StorageError:
            return []
        try:
            return [t for s in storage.get_all_studies() for t in storage.get_all_trials(s._study_id)]
        finally:
            close_storage(storage)

    def shell(self, verb: str, *arguments: str) -> int:
        code = run_command_line([verb, str(self.database), *arguments])
        self.capsys.readouterr()
        return code

    def until(self, condition: Callable[[], object], seconds: float = 150.0) -> None:
        def holds() -> object:
            assert self.process.poll() is None, self.process.communicate()
            return condition()

        eventually(holds, seconds, every=0.2)

    def end(self) -> tuple[int, list[dict[str, object]]]:
        """Its exit code, and what it wrote."""
        out, err = self.process.communicate(timeout=120)
        assert "Traceback" not in err
        return self.process.returncode, [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Search]]:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    begun: list[Search] = []

    def start(case: Case, *arguments: str) -> Search:
        needs(case.module)
        file = shutil.copy(OWN / f"{case.file}.py", tmp_path)
        argv = [sys.executable, "-m", "hpt_tui", "run", f"{file}:objective", "--headless", "--workers", "2"]
        argv += ["--direction", case.directions, *arguments]
        process = subprocess.Popen(
            argv,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        begun.append(Search(process, tmp_path / f"{case.file}.db", capsys))
        return begun[-1]

    yield start
    for search in begun:
        if search.process.poll() is None:
            search.process.send_signal(signal.SIGTERM)
            search.process.communicate(timeout=60)


def how_it_ended(trial: FrozenTrial) -> str:
    end = trial.user_attrs.get(keys.TRIAL_END)
    return str(end["how"]) if isinstance(end, dict) else ""


def high_of(trial: FrozenTrial, parameter: str) -> float | None:
    distribution = trial.distributions.get(parameter)
    return distribution.high if isinstance(distribution, FloatDistribution | IntDistribution) else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_it_runs_as_it_is_and_a_widen_and_a_kill_reach_it(case: Case, start: Callable[..., Search]) -> None:
    """L2, L4: the widened bound reaches trials that begin later, the kill the trial that runs."""
    search = start(case, "--trials", "500")
    search.until(lambda: any(case.widened in t.params for t in search.trials()))
    assert search.shell("widen", case.widened, "--high", f"{case.high:g}") == 0

    def killed() -> bool:
        trials = search.trials()
        # A trial may end by itself before it hears of its kill: then it is another's turn.
        for trial in trials:
            if trial.state is TrialState.RUNNING and trial.params:
                search.shell("kill", str(trial.number))
        return any(how_it_ended(t) == "pruned-by-hand" for t in trials)

    search.until(killed)
    search.until(
        lambda: any(
            t.state is TrialState.COMPLETE and high_of(t, case.widened) == case.high for t in search.trials()
        )
    )
    assert search.shell("stop", *case.stop) == 0
    code, lines = search.end()

    assert code == 0
    trials = search.trials()
    assert {t.state for t in trials} <= {TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL}
    assert {how_it_ended(t) for t in trials if t.state is TrialState.FAIL} <= {"interrupted"}
    assert {len(t.values) for t in trials if t.state is TrialState.COMPLETE} == {len(case.directions.split(","))}
    # How each kill was obeyed is told when the trial has ended, whenever that is.
    acts = [line["act"] for line in lines if line["type"] == "event" and line["act"] != "ended"]
    assert (acts[0], set(acts[1:-1])) == ("widen", {"prune"})
    assert acts[-1] == ("stop-now" if "--now" in case.stop else "stop")
