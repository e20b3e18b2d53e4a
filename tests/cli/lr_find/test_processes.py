"""The process of ``hpt-tui lr-find`` (G9): which GPU it sees, the hook that it needs, and real training."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hpt_tui.cli import gpu_choice
from hpt_tui.supervisor.gauge import Load, freest
from hpt_tui.supervisor.gpu import Device
from tests.cli.lr_find.ranges import Process, Shell

ROOT = Path(__file__).parents[3]


GPUS = tuple(Device(i, f"GPU-{i}", "H200", 100) for i in range(3))


@pytest.mark.parametrize(
    ("loads", "index", "free"),
    [
        ({}, 0, True),
        ({"GPU-0": Load(50, 0)}, 1, True),
        ({"GPU-0": Load(2, 90), "GPU-1": Load(2, None)}, 1, True),
        ({"GPU-0": Load(90, 9), "GPU-1": Load(20, 9), "GPU-2": Load(30, 0)}, 1, False),
    ],
)
def test_the_first_gpu_that_nobody_uses_is_taken(loads: dict[str, Load], index: int, free: bool) -> None:
    assert freest(GPUS, loads) == (GPUS[index], free)


def test_the_gpu_is_all_that_the_process_sees(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_choice, "devices_here", lambda: GPUS)
    assert shell("--gpu", "2")[0] == 0
    assert Process.environments[0]["CUDA_VISIBLE_DEVICES"] == "GPU-2"
    code, _, err = shell("--gpu", "0,1")
    assert (code, err) == (2, "hpt-tui: --gpu: names several GPUs, and one model trains on one; name one\n")


def hpt(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hpt_tui", "lr-find", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", **environment},
    )


def test_without_the_hook_its_lines_are_shown(tmp_path: Path) -> None:
    file = tmp_path / "plain.py"
    file.write_text("def objective(trial):\n    return trial.suggest_float('lr', 0, 1)\n")
    done = hpt(file)
    assert (done.returncode, done.stdout) == (2, "")
    line, example = done.stderr.split("\n", 1)
    assert (
        line == f"hpt-tui: {file}: has no function lr_find_setup(params); lr-find needs it to know what to train:"
    )
    compile(example, "example", "exec")
    assert len(example.strip().splitlines()) == 6


@pytest.mark.train
def test_g9_digits_for_real(tmp_path: Path) -> None:
    done = hpt(ROOT / "studies" / "digits.py", "--json", "--steps", "100", "--png", tmp_path / "digits.png")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    # What the search of this study finds as well: it learns best beyond the declared 1e-3.
    assert 1e-3 < document["suggestions"]["steepest"] < 0.1
    assert document["range"]["high"] > 1e-3
    assert np.nanmin(document["smoothed"]) < 1.8
    assert document["broken"]["rate"] > 0.05
    assert (tmp_path / "digits.png").stat().st_size > 5_000
