"""The study that hpt-tui ships, trained for real."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from optuna.trial import TrialState

from hpt_tui.domain.description import Description
from tests.waiting import eventually
from tests.worker.bench import Bench, described, end_of, now
from tests.worker.nursery import ROOT

DIGITS = ROOT / "studies" / "digits.py"


pytestmark = pytest.mark.train


def test_digits_learns_shows_its_curves_and_is_ended_by_an_order_and_by_a_signal(bench: Bench) -> None:
    bench.create(DIGITS, Description.from_json(described(str(DIGITS)).stdout))
    worker = bench.start(DIGITS, torch=True)
    bench.finished(1)

    def pruned() -> bool:
        # A trial may end by itself before it hears of its order: then it is another's turn.
        for trial in bench.trials(TrialState.RUNNING):
            bench.control.prune(trial.number, now())
        return any(end_of(trial)[0] == "pruned-by-hand" for trial in bench.trials())

    eventually(pruned)
    known = len(bench.trials())
    third = eventually(lambda: next((t for t in bench.trials(TrialState.RUNNING) if t.number >= known), None))
    assert third is not None
    worker.send_signal(signal.SIGTERM)
    assert bench.ended(worker) == 128 + signal.SIGTERM
    assert not bench.trials(TrialState.RUNNING)
    assert end_of(bench.trials()[third.number]) == ("interrupted", "interrupted by SIGTERM")

    study = bench.seen()
    assert study.baseline is not None
    assert study.baseline.number == 0
    assert 0.85 < (study.baseline.value or 0.0) < 0.97
    curves = {curve.metric: curve for curve in study.curves[0]}
    assert list(curves) == ["val_acc", "train_loss", "val_loss"]
    assert curves["train_loss"].steps.tolist() == list(range(30))
    assert curves["train_loss"].values[-1] < curves["train_loss"].values[0] / 2


def test_g28_the_ensemble_of_digits_averages_what_its_runs_predicted(tmp_path: Path) -> None:
    """One run is right everywhere, two are wrong and less sure of it: the mean is right."""
    write = """
import sys, torch, hpt_tui
sys.path.insert(0, sys.argv[1])
import digits
right = torch.nn.functional.one_hot(digits.data()[3], 10).float().cpu()
members = [hpt_tui.Member("s", n, n, n, {}, 0.0) for n in range(3)]
for member, told in zip(members, (right, right.roll(1, 1) * 0.4, right.roll(2, 1) * 0.4)):
    torch.save(told, hpt_tui.checkpoint_dir(member) / "predictions.pt")
print(digits.ensemble(members), digits.ensemble(members[1:2]))
"""
    argv = [sys.executable, "-c", write, str(DIGITS.parent)]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1.0", "0.0"]
