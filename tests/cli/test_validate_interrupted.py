"""Ctrl-C while ``hpt-tui validate`` runs without a screen (G28): what is left, and how it goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from optuna.trial import FrozenTrial, TrialState

from hpt_tui.store import keys
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import open_storage
from tests.waiting import eventually

FILE = """
import pathlib, time
from optuna.distributions import FloatDistribution
import hpt_tui

SPACE = {"x": FloatDistribution(0.0, 1.0)}
STUDY = hpt_tui.StudySpec(name="patient", metric="loss", direction="minimize", space=SPACE, baseline={"x": 0.9})


def objective(trial):
    x, step = STUDY.suggest(trial)["x"], 0
    while hpt_tui.trial_seed(trial) and not pathlib.Path("go").exists():
        trial.report(x, step)
        step += 1
        time.sleep(0.05)
    return x
"""
VALIDATE = ("validate", "study.py", "--top", "1", "--seeds", "2", "--workers", "1", "--no-ensemble")


def begun(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "hpt_tui", *arguments]
    environment = {**os.environ, "HPT_TUI_STATE_DIR": str(folder / "state")}
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)


def runs(folder: Path) -> list[FrozenTrial]:
    storage = open_storage(parse_address(str(folder / "study.db")), writable=False)
    trials = storage.get_all_trials(storage.get_study_id_from_name("patient"))
    return [t for t in trials if keys.TRIAL_VALIDATES in t.user_attrs]


def test_ctrl_c_leaves_no_run_running_and_the_same_command_goes_on(tmp_path: Path) -> None:
    def running() -> bool:
        """A run of the validation has reported."""
        return any(t.state is TrialState.RUNNING and t.intermediate_values for t in runs(tmp_path))

    (tmp_path / "study.py").write_text(FILE)
    search = begun(tmp_path, "run", "study.py", "--headless", "--trials", "2", "--workers", "1")
    assert (search.communicate(timeout=120), search.returncode)[1] == 0

    patient = begun(tmp_path, *VALIDATE, "--headless")
    eventually(running)
    patient.send_signal(signal.SIGINT)
    assert patient.stderr is not None
    heard = iter(patient.stderr.readline, "")
    assert any("finishing the running trials" in line for line in heard)
    (tmp_path / "go").touch()
    _, err = patient.communicate(timeout=60)
    assert (patient.returncode, "patient: 3 runs to come: the same command goes on with them" in err) == (1, True)
    assert Counter(t.state for t in runs(tmp_path)) == {TrialState.COMPLETE: 1, TrialState.WAITING: 3}

    (tmp_path / "go").unlink()
    hasty = begun(tmp_path, *VALIDATE, "--json")
    eventually(running)
    hasty.send_signal(signal.SIGINT)
    assert hasty.stderr is not None
    assert any("Ctrl-C again" in line for line in iter(hasty.stderr.readline, ""))
    hasty.send_signal(signal.SIGINT)
    out, err = hasty.communicate(timeout=60)
    assert (hasty.returncode, json.loads(out)["open"]) == (1, 2), (
        "one document, and the run that was cut short lost"
    )
    assert "patient: 3 runs to come: the same command goes on with them" in err
    assert TrialState.RUNNING not in {t.state for t in runs(tmp_path)}

    (tmp_path / "go").touch()
    rest = begun(tmp_path, *VALIDATE, "--json")
    out, err = rest.communicate(timeout=60)
    assert (rest.returncode, json.loads(out)["open"]) == (0, 0), err
    assert Counter(t.state for t in runs(tmp_path)) == {TrialState.COMPLETE: 4, TrialState.FAIL: 1}
