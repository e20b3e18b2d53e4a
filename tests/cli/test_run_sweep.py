"""``hpt-tui run SWEEP.yaml``: a W&B sweep from its file to its last run, in real workers (G35)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SWEEP = Path(__file__).parents[1] / "studies" / "sweep"


@pytest.mark.train
def test_a_sweep_runs_as_it_is_until_its_run_cap(tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    shutil.copytree(SWEEP, folder)
    command = [sys.executable, "-m", "hpt_tui", "run", str(folder / "sweep.yaml"), "--headless", "--workers", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    trials = [line for line in lines if line["type"] == "trial"]
    assert len(trials) == 6
    assert {trial["state"] for trial in trials} == {"complete"}
    assert (folder / "sweep.db").exists()


def test_a_yaml_that_is_no_sweep_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\n")
    command = [sys.executable, "-m", "hpt_tui", "run", str(path), "--headless"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "is no sweep" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["x.yaml"]
