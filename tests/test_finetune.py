"""Fine-tuning: the study file's own code, on a few pictures and a small net's weights in a file (G32)."""

from __future__ import annotations

import re
import urllib.error
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import optuna
import pytest
import torch
from optuna.trial import TrialState, create_trial
from torchvision.models import ResNet50_Weights

import finetune_resnet50 as finetune
from generated import tiny_folder, tiny_resnet, tiny_weights
from hpt_tui.errors import InputError
from hpt_tui.study_file import connect_sink
from hpt_tui.training.range_test import run_range_test
from image_folder import read_folder
from tests.case_studies import started
from tests.worker.bench import ROOT

FILE = ROOT / "studies" / "finetune_resnet50.py"
QUICK: dict[str, Any] = {**finetune.FIXED, **finetune.STUDY.baseline, "batch_size": 8, "lr": 0.01}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Checkpoints and a cache of its own, one thread, and no network, whatever there is."""

    def offline(*args: object, **kwargs: object) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", offline)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    connect_sink(None)


def trained(folder: Path, trial: optuna.Trial, epochs: int = 3, **params: object) -> float:
    return finetune.train(trial, {**QUICK, **params}, finetune.material(folder, True), epochs, seed=1)


def weights_of(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def test_it_learns_from_the_weights_in_the_file(folder: Path) -> None:
    study = optuna.create_study(direction="maximize")
    study.optimize(lambda trial: trained(folder, trial), n_trials=1)
    assert study.best_value >= 0.8
    made, pretrained = tiny_resnet().state_dict(), finetune.material(folder, True).pretrained().state_dict()
    assert made.keys() == pretrained.keys()
    assert not torch.equal(made["conv1.weight"], pretrained["conv1.weight"])
    assert not list(Path("checkpoints").rglob("*.pt"))


@pytest.mark.parametrize("frozen", range(finetune.STAGES + 1))
def test_frozen_stages_stay_bit_for_bit_with_their_batch_norm(folder: Path, frozen: int) -> None:
    model, optimizer = finetune.model_and_optimizer(
        {**QUICK, "frozen_stages": frozen}, finetune.material(folder, True)
    )
    before = weights_of(model)
    model.train()
    x = torch.randint(0, 256, (4, 64, 64, 3), dtype=torch.uint8)
    model(x).square().sum().backward()
    optimizer.step()
    changed = {
        name.split(".")[0] if "num_batches" not in name else ""
        for name in before
        if not torch.equal(before[name], weights_of(model)[name])
    } - {""}
    # 0 scales, 1 is what is frozen; then come the other stages, pooling, flattening, and the last layer.
    assert changed == {str(n) for n in range(2, 7 - frozen)} | {str(9 - frozen)}


def test_the_head_learns_faster_and_the_schedule_keeps_the_ratio(folder: Path) -> None:
    material = finetune.material(folder, True)
    _, optimizer = finetune.model_and_optimizer({**QUICK, "lr": 0.01, "head_lr_factor": 5.0}, material)
    assert [group["lr"] for group in optimizer.param_groups] == [0.01, 0.05]
    _, optimizer = finetune.model_and_optimizer({**QUICK, "lr": 0.01, "frozen_stages": 5}, material)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1]


def test_a_lost_trial_goes_on_bit_for_bit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finetune, "SAVE_EVERY", 1)
    seen: list[Mapping[str, float]] = []

    def follow(step: int, metrics: Mapping[str, float]) -> None:
        seen.append({"step": step, **metrics})
        if len(seen) == 5:
            raise MemoryError

    connect_sink(follow)
    study = optuna.create_study(study_name="nets", direction="maximize")
    study.optimize(lambda trial: trained(folder, trial, frozen_stages=2), n_trials=1)
    with pytest.raises(MemoryError):
        study.optimize(lambda trial: trained(folder, trial, frozen_stages=2), n_trials=1)
    study.add_trial(create_trial(state=TrialState.WAITING, system_attrs={"retry_history": [1]}))
    study.optimize(lambda trial: trained(folder, trial, frozen_stages=2), n_trials=1)
    assert [run["step"] for run in seen] == [0, 1, 2, 0, 1, 1, 2]
    assert [seen[3], *seen[5:]] == seen[:3]


def test_lr_find_has_what_it_needs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """G9."""
    monkeypatch.setattr(finetune, "FOLDER", folder)
    monkeypatch.setattr(finetune, "TINY", True)
    monkeypatch.setattr(finetune, "FIXED", {**finetune.FIXED, "batch_size": 8})
    swept = run_range_test(finetune.lr_find_setup({**finetune.STUDY.baseline}), 1e-5, 1.0, 8)
    assert swept.batches == 5
    assert len(swept.losses) > 3


def test_weights_that_cannot_be_had_are_one_line(tmp_path: Path) -> None:
    url = ResNet50_Weights.DEFAULT.url
    with pytest.raises(InputError, match=r"are not there and cannot be downloaded .*no network") as raised:
        finetune.material(tmp_path, False)
    assert raised.value.line.startswith(str(tmp_path / "hub" / "checkpoints" / "resnet50-"))
    assert raised.value.line.endswith(f"put {url} there")
    name = tiny_weights(tmp_path).rpartition("/")[2]
    whole = (tmp_path / name).read_bytes()
    for broken in (whole[: len(whole) // 2], b"", b"no weights"):
        (tmp_path / name).write_bytes(broken)
        with pytest.raises(InputError, match=r"the weights cannot be read .*; delete the file") as raised:
            finetune.weights(f"https://generated.invalid/{name}", tmp_path)
        assert "\n" not in raised.value.line


def test_weights_of_another_net_are_one_line(tmp_path: Path) -> None:
    torch.save({"conv1.weight": torch.zeros(3)}, tmp_path / "other.pth")
    loaded = finetune.weights("https://generated.invalid/other.pth", tmp_path)
    data = read_folder(tiny_folder(tmp_path), 72, 64, finetune.DEVICE)
    with pytest.raises(InputError, match="the weights are not this net's"):
        finetune.Material(*data, loaded, tiny_resnet).pretrained()


def test_the_case_study_measures_the_guides_table_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """G32, C6."""
    options = ("--case-study", "--tiny", "--epochs", 1, "--data", folder, "--file", tmp_path / "runs.db")
    assert started(FILE, monkeypatch, *options) == 0
    first = capsys.readouterr()
    assert "Fine-tuning ResNet-50 (tiny), 1 epoch, 1 seed each" in first.out
    claimed = dict(re.findall(r"^\d  (\w+) .* ([+-][\d.]+)$", first.out, re.MULTILINE))
    assert claimed == {"lr": "+3", "warmup_share": "+0.5", "weight_decay": "+0.5", "frozen_stages": "+1"}
    assert len(first.err.splitlines()) == 5
    assert started(FILE, monkeypatch, *options) == 0
    assert capsys.readouterr() == (first.out, "")


def test_bad_input_ends_with_2_before_anything_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert started(FILE, monkeypatch, "--case-study", "--data", tmp_path / "flowers") == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.glob("*.db"))
