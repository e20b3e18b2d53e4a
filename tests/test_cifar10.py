"""ResNet-18 on CIFAR-10: the study file's own code, on generated pictures in the data set's format (G30, G31)."""

from __future__ import annotations

import hashlib
import re
import sys
import tarfile
import urllib.error
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import optuna
import pytest
import torch
from optuna.trial import TrialState
from torchvision.datasets import CIFAR10
from torchvision.models import resnet18

import cifar10_resnet18 as cifar
import hpt_tui
from generated import TinyCifar, tiny_cifar
from hpt_tui.errors import InputError
from hpt_tui.study_file import VALIDATES, connect_sink
from hpt_tui.training.range_test import run_range_test
from hpt_tui.worker.describe import description_of
from hpt_tui.worker.objective import StudyFile
from tests.case_studies import started
from tests.storages import fresh_storage
from tests.worker.bench import NAME, ROOT, Bench

FILE = ROOT / "studies" / "cifar10_resnet18.py"
QUICK = {**cifar.STUDY.baseline, "optimizer": "adamw", "lr": 0.01, "batch_size": 16, "width": 4, "dropout": 0.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Checkpoints of its own, one thread, and no network, whatever there is."""

    def offline(self: CIFAR10) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr(CIFAR10, "download", offline)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    connect_sink(None)


def trained(folder: Path, epochs: int, pruner: optuna.pruners.BasePruner | None = None) -> optuna.Study:
    """A study with one trial of the quick configuration."""
    study = optuna.create_study(study_name="nets", direction="maximize", pruner=pruner)
    data = cifar.data_set(folder, True)
    study.optimize(lambda trial: cifar.train(trial, QUICK, data, epochs, seed=1), n_trials=1)
    return study


def test_the_network_is_resnet_18_with_a_stem_for_small_pictures() -> None:
    def parameters(model: torch.nn.Module) -> int:
        return sum(p.numel() for p in model.parameters())

    smaller_stem = 64 * 3 * (7 * 7 - 3 * 3)
    assert parameters(cifar.resnet18(64)) == parameters(resnet18(num_classes=10)) - smaller_stem
    assert cifar.resnet18(4)(torch.zeros(2, 32, 32, 3, dtype=torch.uint8)).shape == (2, 10)
    assert parameters(cifar.resnet18(128)) > 3.9 * parameters(cifar.resnet18(64))


def test_a_tenth_is_held_out_and_read_by_torchvision(folder: Path) -> None:
    data = cifar.data_set(folder, True)
    assert (len(data.y), len(data.val_y)) == (288, 32)
    assert data.x.shape[1:] == (40, 40, 3)
    read = torch.from_numpy(tiny_cifar(folder / "tiny").data)
    crops = data.x[:, 4:36, 4:36].contiguous()
    assert sorted(map(hash_of, torch.cat([crops, data.val_x]))) == sorted(map(hash_of, read))
    assert not data.x[:, :4].any()


def hash_of(picture: torch.Tensor) -> str:
    return hashlib.sha256(picture.numpy().tobytes()).hexdigest()


def test_it_learns(folder: Path) -> None:
    study = trained(folder, 4)
    assert study.best_value > 0.6
    assert not list(Path("checkpoints").rglob("*.pt"))


def test_a_lost_trial_goes_on_bit_for_bit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar, "SAVE_EVERY", 1)
    whole: list[Mapping[str, float]] = []
    connect_sink(lambda step, metrics: whole.append({"step": step, **metrics}))
    values = trained(folder, 3).trials[0].intermediate_values

    again: list[Mapping[str, float]] = []

    def killed(step: int, metrics: Mapping[str, float]) -> None:
        again.append({"step": step, **metrics})
        if len(again) == 3:
            raise MemoryError

    connect_sink(killed)
    study = optuna.create_study(study_name="nets", direction="maximize")
    data = cifar.data_set(folder, True)
    with pytest.raises(MemoryError):
        study.optimize(lambda trial: cifar.train(trial, QUICK, data, 3, seed=1), n_trials=1)
    retry = optuna.trial.create_trial(
        state=TrialState.WAITING, system_attrs={"retry_history": [0], "fixed_params": {}}
    )
    study.add_trial(retry)
    study.optimize(lambda trial: cifar.train(trial, QUICK, data, 3, seed=1), n_trials=1)
    assert [run["step"] for run in again] == [0, 1, 2, 2]
    assert [again[0], again[1], again[3]] == whole
    assert study.trials[1].intermediate_values == values


def test_odd_batches_on_several_threads_do_not_crash_the_process(
    folder: Path, request: pytest.FixtureRequest
) -> None:
    """oneDNN's strided convolutions of few channels did, with the channels last in memory."""
    threads = torch.get_num_threads()
    request.addfinalizer(lambda: torch.set_num_threads(threads))
    torch.set_num_threads(2)
    model, _ = cifar.model_and_optimizer(QUICK)
    for x, y in cifar.data_set(folder, True).batches(117, torch.Generator().manual_seed(0)):
        torch.nn.functional.cross_entropy(model(x), y).backward()  # type: ignore[no-untyped-call]


def test_a_hopeless_trial_is_pruned_and_leaves_no_checkpoint(folder: Path) -> None:
    study = trained(folder, 3, optuna.pruners.ThresholdPruner(lower=0.99))
    assert study.trials[0].state is TrialState.PRUNED
    assert list(study.trials[0].intermediate_values) == [0]
    assert not list(Path("checkpoints").rglob("*.pt"))


def test_the_runs_of_a_validation_have_seeds_of_their_own_and_an_ensemble(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G28."""
    monkeypatch.setattr(cifar, "FOLDER", folder)
    monkeypatch.setattr(cifar, "TINY", True)
    monkeypatch.setattr(cifar, "EPOCHS", 2)
    study = optuna.create_study(study_name="nets", direction="maximize")
    for seed in (1, 2):
        study.enqueue_trial({**cifar.STUDY.baseline, "batch_size": 32}, {VALIDATES: {"of": 7, "seed": seed}})
    study.optimize(cifar.objective, n_trials=2)
    one, other = (hpt_tui.Member("nets", n, n, n + 1, {}, study.trials[n].values[0]) for n in (0, 1))
    assert [cifar.ensemble([one]), cifar.ensemble([other])] == pytest.approx([one.value, other.value])
    assert study.trials[0].intermediate_values != study.trials[1].intermediate_values
    assert cifar.ensemble([one, other]) >= min(one.value, other.value)


def test_lr_find_has_what_it_needs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """G9."""
    monkeypatch.setattr(cifar, "FOLDER", folder)
    monkeypatch.setattr(cifar, "TINY", True)
    monkeypatch.setattr(cifar, "FIXED", {"width": 4, "dropout": 0.0})
    swept = run_range_test(cifar.lr_find_setup({**cifar.STUDY.baseline, "batch_size": 32}), 1e-5, 1.0, 12)
    assert swept.batches == 9
    assert len(swept.losses) > 5


@pytest.mark.parametrize("left", [None, "data_batch_3", "batches.meta"])
def test_a_data_set_that_is_missing_or_broken_is_one_line(
    tmp_path: Path, left: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if left:
        tiny_cifar(tmp_path)
        (tmp_path / CIFAR10.base_folder / left).write_bytes(b"half")
    with pytest.raises(
        InputError, match=r"CIFAR-10 is not there and cannot be downloaded \(.*no network"
    ) as raised:
        cifar.data_set(tmp_path, False)
    assert raised.value.line.startswith(str(tmp_path))
    assert "put cifar-10-python.tar.gz from https://" in raised.value.line
    assert "\n" not in raised.value.line


def test_a_folder_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="CIFAR-10 is not there"):
        cifar.data_set(tmp_path / "file" / "data", False)


def test_workers_that_start_at_once_fetch_the_data_set_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive lies in the folder, as after a download; torchvision checks it and unpacks it."""
    made = tmp_path / "made"
    tiny_cifar(made)
    archive = tmp_path / "data" / CIFAR10.filename
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(made / CIFAR10.base_folder, CIFAR10.base_folder)

    def checked(folder: Path, files: list[Any]) -> list[list[str]]:
        return [[name, md5_of(folder / name)] for name, _ in files]

    batches = made / CIFAR10.base_folder
    monkeypatch.undo()
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5_of(archive))
    monkeypatch.setattr(CIFAR10, "train_list", checked(batches, TinyCifar.train_list))
    monkeypatch.setattr(CIFAR10, "test_list", checked(batches, TinyCifar.test_list))
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": md5_of(batches / "batches.meta")})
    unpacked = []
    real = sys.modules[CIFAR10.__module__].download_and_extract_archive

    def counted(*args: object, **kwargs: object) -> None:
        unpacked.append(args)
        real(*args, **kwargs)

    monkeypatch.setattr(sys.modules[CIFAR10.__module__], "download_and_extract_archive", counted)
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda _: len(cifar.cifar10(archive.parent).targets), range(4)))
    assert read == [320] * 4
    assert len(unpacked) == 1


def md5_of(file: Path) -> str:
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()


def test_the_case_study_measures_the_guides_table_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """G31, C6."""
    options = ("--case-study", "--tiny", "--epochs", 1, "--data", folder, "--file", tmp_path / "runs.db")
    assert started(FILE, monkeypatch, *options) == 0
    first = capsys.readouterr()
    assert "CIFAR-10 (tiny), ResNet-18, 1 epoch, 1 seed each" in first.out
    claimed = dict(re.findall(r"^\d  (\w+) .* ([+-]\d+)$", first.out, re.MULTILINE))
    assert claimed == {"lr": "+14", "batch_size": "-2", "weight_decay": "+2", "dropout": "+1", "width": "+2"}
    assert len(first.err.splitlines()) == 6
    assert started(FILE, monkeypatch, *options) == 0
    assert capsys.readouterr() == (first.out, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--case-study"),
        (("--case-study", "--epochs", "0"), "must be a whole number from 1"),
        (("--case-study", "--seeds", "many"), "must be a whole number from 1"),
        (("--case-study", "--data", "here"), "here: CIFAR-10 is not there and cannot be downloaded"),
    ],
    ids=["nothing asked for", "no epochs", "no number", "no data set"],
)
def test_bad_input_ends_with_2_before_anything_is_run(
    arguments: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert started(FILE, monkeypatch, *arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not list(Path.cwd().glob("*.db"))


@pytest.mark.train
def test_a_worker_trains_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPT_TUI_TINY", "1")
    monkeypatch.setenv("HPT_TUI_DATA", str(tmp_path / "data"))
    with fresh_storage("sqlite", tmp_path) as address:
        bench = Bench(address, tmp_path)
        try:
            described = StudyFile(FILE, str(FILE), NAME, cifar.STUDY, cifar.objective, "objective")
            bench.create(FILE, description_of(described), budget=1)
            worker = bench.start(FILE, torch=True)
            assert bench.ended(worker, 120) == 0, bench.said()
            study = bench.seen()
            assert study.baseline is not None
            assert study.baseline.value is not None
            curves = {curve.metric for curve in study.curves[0]}
            assert curves == {"val_acc", "train_loss", "val_loss", "lr", "grad_norm"}
        finally:
            bench.close()
