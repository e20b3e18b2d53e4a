"""Checkpoints, keyed by the root trial: a lost trial goes on, and ends bit for bit as if never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest
import torch
from optuna.trial import Trial
from torch import nn

from hpt_tui.errors import InputError
from hpt_tui.training import SCHEDULES, Checkpoint, make_optimizer, make_schedule
from tests.studies import resumes

HISTORY = "retry_history"
"""Where Optuna's retries, and ours, name the trials before them."""
KILLED = """
import optuna, torch
from tests.studies import resumes
torch.set_num_threads(1)
optuna.load_study(study_name="resumes", storage={url!r}).optimize(resumes.objective, n_trials=1)
"""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """More than one only wait for each other in nets so small."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def ended(folder: Path, trial: int) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = torch.load(folder / f"{trial}.end", weights_only=True)
    return state


@pytest.mark.train
def test_a_trial_that_was_killed_goes_on_and_ends_bit_for_bit_like_an_uninterrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKPOINTS", str(tmp_path))
    url = f"sqlite:///{tmp_path / 'resumes.db'}"
    study = optuna.create_study(study_name="resumes", storage=url)
    params = {"lr": 5e-3, "schedule": "warmup-cosine"}
    study.enqueue_trial(params)
    code = KILLED.format(url=url)
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "KILL": "0"}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert study.trials[0].intermediate_values.keys() == {0, 1, 2}

    study.enqueue_trial(params)
    study.add_trial(retry_of(study.trials[0]))
    study.optimize(resumes.objective, n_trials=2)
    _, whole, resumed = study.trials
    assert resumed.intermediate_values == whole.intermediate_values
    assert resumed.value == whole.value
    one, other = ended(tmp_path, whole.number), ended(tmp_path, resumed.number)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def retry_of(lost: optuna.trial.FrozenTrial) -> optuna.trial.FrozenTrial:
    """As a dead worker's trial waits again, its last report having been lost with the worker."""
    reports = dict(sorted(lost.intermediate_values.items())[:-1])
    return optuna.trial.FrozenTrial(
        number=-1,
        trial_id=-1,
        state=optuna.trial.TrialState.WAITING,
        value=None,
        datetime_start=None,
        datetime_complete=None,
        params=lost.params,
        distributions=lost.distributions,
        user_attrs={},
        system_attrs={"failed_trial": lost.number, HISTORY: [lost.number], "fixed_params": lost.params},
        intermediate_values=reports,
    )


def asked(x: float, history: tuple[int, ...] = ()) -> Trial:
    """A running trial with the parameter x, the retry of those in ``history``."""
    study = optuna.create_study(study_name="nets")
    study.enqueue_trial({"x": x})
    trial = study.ask()
    trial.suggest_float("x", -1.0, 1.0)
    if history:
        trial._cached_frozen_trial.system_attrs[HISTORY] = [*history]
    return trial


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
def test_every_optimizer_and_schedule_goes_on_exactly(tmp_path: Path, name: str, optimizer: str) -> None:
    def parts() -> tuple[nn.Linear, torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
        torch.manual_seed(3)
        model = nn.Linear(3, 1)
        made = make_optimizer(optimizer, model.parameters(), 0.01)
        return model, made, make_schedule(name, made, 10, 0.3)

    def train(steps: range, checkpoint: Checkpoint | None = None) -> list[float]:
        rates = []
        for step in steps:
            made.zero_grad()
            model(torch.randn(4, 3)).square().mean().backward()
            made.step()
            rates.append(float(schedule.get_last_lr()[0]))
            schedule.step()
            if checkpoint is not None:
                checkpoint.save(step)
        return rates

    model, made, schedule = parts()
    whole = train(range(10))
    aim = model.state_dict()

    model, made, schedule = parts()
    first = Checkpoint(asked(0.5), tmp_path, model=model, optimizer=made, schedule=schedule)
    assert first.resume() == 0
    begun = train(range(4), first)
    torch.rand(5)

    model, made, schedule = parts()
    again = Checkpoint(asked(0.5, (0,)), tmp_path, model=model, optimizer=made, schedule=schedule)
    start = again.resume()
    assert start == 4
    assert begun + train(range(start, 10)) == whole
    assert all(torch.equal(model.state_dict()[key], aim[key]) for key in aim)


def saved(folder: Path, x: float = 0.5, **kept: float) -> Path:
    checkpoint = Checkpoint(asked(x), folder, model=nn.Linear(2, 2))
    checkpoint.save(4, **kept)
    return checkpoint.file


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    saved(tmp_path, best=0.25)
    again = Checkpoint(asked(0.5, (0,)), tmp_path, model=nn.Linear(2, 2))
    assert again.kept == {}
    assert again.resume() == 5
    assert again.kept == {"best": 0.25}


def test_a_new_trial_never_goes_on_from_an_old_study_of_the_same_name(tmp_path: Path) -> None:
    file = saved(tmp_path)
    assert Checkpoint(asked(0.5), tmp_path, model=nn.Linear(2, 2)).resume() == 0
    assert not file.exists()


def test_nor_does_a_retry_with_other_parameters(tmp_path: Path) -> None:
    saved(tmp_path)
    assert Checkpoint(asked(0.25, (0,)), tmp_path, model=nn.Linear(2, 2)).resume() == 0


def test_a_checkpoint_of_another_model_is_one_line(tmp_path: Path) -> None:
    file = saved(tmp_path)
    for parts in ({"model": nn.Linear(3, 2)}, {"net": nn.Linear(2, 2)}):
        with pytest.raises(InputError, match=r": cannot be gone on from: .*; delete it to begin") as raised:
            Checkpoint(asked(0.5, (0,)), tmp_path, **parts).resume()
        assert raised.value.line.startswith(str(file))
        assert "\n" not in raised.value.line
    assert file.exists()


def test_a_broken_file_is_one_line(tmp_path: Path) -> None:
    file = saved(tmp_path)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(InputError, match=r"last\.pt: cannot be gone on from: "):
        Checkpoint(asked(0.5, (0,)), tmp_path, model=nn.Linear(2, 2)).resume()


def test_a_write_that_fails_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = saved(tmp_path)
    before = file.read_bytes()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        Checkpoint(asked(0.5, (0,)), tmp_path, model=nn.Linear(2, 2)).save(5)
    assert file.read_bytes() == before
    assert [*file.parent.iterdir()] == [file]


def test_what_a_killed_writer_left_is_cleared_away(tmp_path: Path) -> None:
    file = saved(tmp_path)
    file.with_name(".last.pt.123").write_bytes(b"half")
    again = Checkpoint(asked(0.5, (0,)), tmp_path, model=nn.Linear(2, 2))
    assert again.resume() == 5
    assert [*file.parent.iterdir()] == [file]
    again.remove()
    again.remove()
    assert [*file.parent.iterdir()] == []
