"""The study that hpt-tui ships, trained for real."""

from __future__ import annotations

import signal

import pytest
from optuna.trial import TrialState

from hpt_tui.domain.description import Description
from tests.worker.bench import Bench, described, end_of, now
from tests.worker.nursery import ROOT

DIGITS = ROOT / "studies" / "digits.py"


pytestmark = pytest.mark.train


def test_digits_learns_shows_its_curves_and_is_ended_by_an_order_and_by_a_signal(bench: Bench) -> None:
    bench.create(DIGITS, Description.from_json(described(str(DIGITS)).stdout))
    worker = bench.start(DIGITS, torch=True)
    bench.finished(1)
    second = bench.running()
    bench.control.prune(second.number, now())
    assert end_of(bench.finished(2)[1])[0] == "pruned-by-hand"
    third = bench.running()
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
