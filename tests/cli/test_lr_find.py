"""``hpt-tui lr-find`` (G9, G8, G20): what is asked of it, what it says, and what it writes."""

from __future__ import annotations

import json
import math
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import optuna
import pytest

from hpt_tui.cli import gpu_choice, lr_find_process, run_command_line
from hpt_tui.domain.description import Description
from hpt_tui.domain.lr_range import DivergenceWatch, rates_between
from hpt_tui.domain.method import Sampling, wish
from hpt_tui.domain.range_request import RangeRequest, Swept
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.create import create_study
from hpt_tui.supervisor.gauge import Load, freest
from hpt_tui.supervisor.gpu import Device
from tests.storages import empty_database

ROOT = Path(__file__).parents[2]
LR = '{"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.001, "log": true}}'
BATCH = '{"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 16, "high": 256}}'
CHOICE = '{"name": "CategoricalDistribution", "attributes": {"choices": ["sgd", "adamw"]}}'
SPACE = {"lr": LR, "batch_size": BATCH, "optimizer": CHOICE}
BASELINE = {"lr": 1e-4, "batch_size": 64, "optimizer": "adamw"}

Shell = Callable[..., tuple[int, str, str]]


def curve(x: float) -> float:
    """Of a loss over the power of ten of the rate: falls around 1e-3, diverges beyond 0.3."""
    return 2.3 - 1.8 / (1 + math.exp(-4 * (x + 3))) + math.expm1(max(0.0, 6 * (x + 0.5)))


def measured(request: RangeRequest, loss: Callable[[float], float] = curve) -> Swept:
    steps = request.steps or 100
    rates, losses = rates_between(request.low, request.high, steps).tolist(), []
    watch = DivergenceWatch(steps)
    for rate in rates:
        losses.append(loss(math.log10(rate)))
        if watch.diverges(losses[-1]):
            break
    return Swept(tuple(rates[: len(losses)]), tuple(losses), steps, "AdamW", 40)


class Process:
    """In place of the process that imports the study file: says what that declares, and measures what is made."""

    declared = Description("train", "train.py", "objective")
    sweep_of: Callable[[RangeRequest], Swept] = staticmethod(measured)
    requests: ClassVar[list[RangeRequest]] = []
    """Those that came as far as a process."""
    environments: ClassVar[list[Mapping[str, str]]] = []

    def __init__(self, target: str, environment: Mapping[str, str]) -> None:
        self.environments.append(environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def described(self) -> Description:
        return self.declared

    def sweep(self, request: RangeRequest) -> tuple[Swept, float]:
        self.requests.append(request)
        return type(self).sweep_of(request), 3.2


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lr_find_process, "RangeProcess", Process)
    monkeypatch.setattr(Process, "requests", [])
    monkeypatch.setattr(Process, "environments", [])


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    path = tmp_path / "train.py"
    path.write_text("def objective(trial): return 0.0\n")
    declare(monkeypatch, path)
    return path


def declare(monkeypatch: pytest.MonkeyPatch, path: Path, **fields: object) -> Description:
    """Let the study file declare this."""
    known: dict[str, object] = {"space": SPACE, "baseline": BASELINE, "declared": bool(fields.get("space", SPACE))}
    description = Description("train", str(path), "objective", "loss", "minimize", **{**known, **fields})  # type: ignore[arg-type]
    monkeypatch.setattr(Process, "declared", description)
    return description


@pytest.fixture
def shell(file: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        code = run_command_line(["lr-find", str(file), *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_g9_the_text_has_the_plot_the_suggestions_and_the_range(shell: Shell) -> None:
    code, out, err = shell()
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    head, body = out.split("rate\n", 1)
    assert "train: learning rate range test of lr, AdamW," in head
    assert [sign for sign in "VSM✗" if sign in head.split("\n", 2)[2]] == [*"VSM✗"]
    assert body.splitlines()[0].split() == ["1e-6", "1e-5", "0.0001", "0.001", "0.01", "0.1"]
    said = dict(line.split(maxsplit=1) for line in body.splitlines() if line[:1].strip())
    assert said["loss"].startswith("it falls from 2.300 to 0.51")
    assert " and diverges at 0.7" in said["loss"]
    assert said["with"] == "batch_size=64, optimizer=adamw"
    assert said["declared"].startswith("1e-05 .. 0.001 leaves out what lies up to 0.")
    assert said["batch"].startswith("found at batch_size 64; by the square root rule ×0.5 at 16 and ×2 at")
    assert said["code"].startswith('"lr": FloatDistribution(')
    assert [(asked.params, asked.low, asked.high) for asked in Process.requests] == [(BASELINE, 1e-6, 10.0)]


def test_g8_the_line_of_code_is_a_range_that_lint_leaves_alone(shell: Shell) -> None:
    from optuna.distributions import FloatDistribution

    code = json.loads(shell("--json")[1])["code"]
    found = eval("{" + code + "}", {"FloatDistribution": FloatDistribution})["lr"]  # noqa: S307
    assert found.log
    assert found.high / found.low >= 100
    assert found.low < 1e-3 < found.high


def test_json_is_one_document_with_every_number(shell: Shell) -> None:
    code, out, _ = shell("--json", "--steps", 200, "--from", 1e-5, "--to", 1)
    document = json.loads(out)
    assert code == 0
    steps = len(document["rates"])
    assert steps == len(document["losses"]) == len(document["smoothed"]) < document["planned"] == 200
    assert (document["outcome"], document["sure"]) == ("diverged", True)
    assert document["rates"][0] == pytest.approx(1e-5)
    assert document["suggestions"].keys() == {"valley", "steepest", "tenth"}
    assert document["range"]["low"] < document["suggestions"]["steepest"] < document["range"]["high"]
    assert document["declared"]["high"] == 0.001
    assert document["lowest"]["rate"] < document["broken"]["rate"]
    assert document["orders"] == []


def test_the_picture_is_a_png(shell: Shell, tmp_path: Path) -> None:
    picture = tmp_path / "curve.png"
    assert shell("--png", picture)[0] == 0
    data = picture.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (900, 560)
    from PIL import Image

    with Image.open(picture) as image:
        assert len(image.getcolors(1_000_000) or ()) > 50


@pytest.mark.parametrize(
    ("loss", "code", "outcome", "said"),
    [
        (
            lambda x: 2.3 - 0.2 * x,
            1,
            "falling",
            "unsure: the loss never diverges, so that the best rate may be higher",
        ),
        (lambda x: 2.3, 1, "flat", "nothing to suggest: the loss never falls"),
    ],
)
def test_what_is_unsure_says_so_and_has_an_exit_code(
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
    loss: Callable[[float], float],
    code: int,
    outcome: str,
    said: str,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(Process, "sweep_of", lambda request: measured(request, loss))
    found = shell("--png", tmp_path / "a.png")
    assert found[0] == code
    assert said in found[1]
    document = json.loads(shell("--json")[1])
    assert (document["outcome"], document["sure"]) == (outcome, False)
    assert (document["range"] is None) == (outcome == "flat")


@pytest.mark.parametrize("losses", [[math.nan], [2.3, math.inf], [2.3 * 1.6**k for k in range(12)]])
def test_a_loss_that_diverges_at_once_is_bad_input(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, losses: list[float]
) -> None:
    rates = rates_between(1.0, 10.0, 100).tolist()[: len(losses)]
    swept = Swept(tuple(rates), tuple(losses), 100, "SGD", 9)
    monkeypatch.setattr(Process, "sweep_of", lambda _: swept)
    code, out, err = shell("--from", 1)
    assert (code, out) == (2, "")
    assert "the loss diverges at once: " in err
    assert err.endswith("lower --from, which was 1\n")
    assert err.count("\n") == 1


LRS = {"head_lr": LR, "lr": LR}


@pytest.mark.parametrize(
    ("fields", "arguments", "line"),
    [
        ({}, ["--from", "0"], "--from: must be a learning rate above 0, not 0"),
        ({}, ["--to", "nan"], "--to: must be a learning rate above 0, not nan"),
        ({}, ["--from", "1", "--to", "0.1"], "--from and --to: 1 is not below 0.1"),
        ({}, ["--from", "20"], "--from and --to: 20 is not below 10"),
        ({}, ["--steps", "3"], "Invalid value for '--steps': 3 is not in the range"),
        ({}, ["--params", "width"], "--params: 'width' is not NAME=VALUE"),
        (
            {},
            ["--params", "width=3"],
            "width: there is no such parameter; the study has: batch_size, lr and optimizer",
        ),
        ({}, ["--params", "lr=fast"], "lr: 'fast' is not a number"),
        ({}, ["--params", "optimizer=lion"], "optimizer: 'lion' is none of its choices; it has: sgd, adamw"),
        ({}, ["--parameter", "wd"], "wd: there is no such parameter; the study has: batch_size, lr and optimizer"),
        ({}, ["--gpu", "0"], "--gpu: there is no GPU '0'; this machine has: none"),
        ({}, ["--trial", "0"], "train.db: there is no such file"),
        ({}, ["--png", "no/such/folder.png"], "--png: no/such is no folder"),
        (
            {},
            ["--write"],
            "Writing the range that is found: needs to be confirmed, and there is no terminal to ask on",
        ),
        (
            {"space": {"batch_size": BATCH}, "baseline": {"batch_size": 16}},
            [],
            "has no learning rate among its parameters (batch_size); say which it is: --parameter PARAM",
        ),
        (
            {"space": LRS, "baseline": {"lr": 1e-4, "head_lr": 1e-4}},
            [],
            "has several learning rates (head_lr and lr); say which: --parameter head_lr",
        ),
        (
            {"baseline": {"lr": 1e-4}},
            [],
            "the baseline: has no value for batch_size and optimizer; give it: --params",
        ),
        (
            {"space": {}, "baseline": {}},
            ["--write", "--yes"],
            "--write: needs to know which parameter the rate is",
        ),
    ],
)
def test_bad_input_is_one_line_before_anything_is_trained(
    shell: Shell,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, object],
    arguments: Sequence[str],
    line: str,
) -> None:
    declare(monkeypatch, file, **fields)
    before = sorted(file.parent.iterdir())
    code, out, err = shell(*arguments)
    assert (code, out) == (2, "")
    assert line in err
    assert err.count("\n") == 1
    assert Process.requests == []
    assert sorted(file.parent.iterdir()) == before


def test_a_sweep_has_no_model_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text("program: train.py\nmethod: random\nparameters: {lr: {min: 0.1, max: 0.2}}\n")
    assert run_command_line(["lr-find", str(sweep)]) == 2
    assert "is a sweep, and lr-find trains a study file's own model" in capsys.readouterr().err


def test_a_file_without_a_declaration_is_swept_with_what_it_is_given(
    shell: Shell, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, file, space={}, baseline={})
    code, out, _ = shell("--params", "width=64", "--params", "kind=wide", "--params", "p=0.5")
    assert code == 0
    assert "declared" not in out
    assert Process.requests[0].params == {"width": 64, "kind": "wide", "p": 0.5}


def test_one_of_several_rates_and_one_outside_the_usual_names(
    shell: Shell, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(monkeypatch, file, space={**LRS, "speed": LR}, baseline={"lr": 1e-4, "speed": 1e-4})
    assert "range test of speed, AdamW" in shell("--parameter", "speed", "--params", "head_lr=1e-3")[1]
    assert shell("--parameter", "head_lr")[0] == 0
    # What is swept need not have a value.
    assert [asked.params["head_lr"] for asked in Process.requests] == [1e-3, 1e-6]


@pytest.fixture
def study(file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The study beside the file, as ``run`` would have made it."""
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(file.parent / "state"))
    database = file.with_suffix(".db")
    database.write_bytes(empty_database())
    create_study(parse_address(str(database)), Process.declared, name="train", budget=None)
    return database


def events(capsys: pytest.CaptureFixture[str], database: Path) -> list[dict[str, object]]:
    assert run_command_line(["events", str(database), "--json"]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)["events"]
    return found


def test_g9_the_range_is_written_both_bounds_in_one_event(
    shell: Shell, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = shell("--write", "--yes")
    assert code == 0
    assert "narrow lr 1.0e-5 .. 1.0e-3 → " in err
    assert "the next trial of every worker uses it" in out
    moved = [event for event in events(capsys, study) if event["subject"] == "lr"]
    assert len(moved) == 1
    assert moved[0]["act"] == "narrow"
    assert moved[0]["was"] == {"low": 1e-5, "high": 1e-3}
    assert moved[0]["became"] == json.loads(shell("--json")[1])["range"]


def test_json_tells_the_order_too(shell: Shell, study: Path) -> None:
    document = json.loads(shell("--write", "--yes", "--json")[1])
    (order,) = document["orders"]
    assert order["in_force"]
    assert order["became"] == document["range"]


def test_the_same_range_again_is_refused_and_still_told(shell: Shell, study: Path) -> None:
    assert shell("--write", "--yes")[0] == 0
    code, out, err = shell("--write", "--yes", "--json")
    assert code == 2
    assert "lr: already ranges over" in err
    assert json.loads(out)["orders"] == []


def test_what_is_unsure_is_not_written(
    shell: Shell, study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Process, "sweep_of", lambda request: measured(request, lambda x: 2.3 - 0.2 * x))
    code, out, _ = shell("--write", "--yes")
    assert code == 1
    assert out.endswith("--write   nothing was written, as nothing is sure\n")
    assert not [event for event in events(capsys, study) if event["subject"] == "lr"]


def test_a_study_that_is_not_there_yet_gets_a_line_of_code(shell: Shell, file: Path) -> None:
    code, out, _ = shell("--write", "--yes")
    assert code == 2
    assert out.endswith("--write   there is no such study yet: put the line into the StudySpec\n")
    assert not file.with_suffix(".db").exists()


def test_a_grid_keeps_its_values(shell: Shell, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    described = declare(monkeypatch, file, points={"lr": (1e-4, 1e-3)}, strategy="grid")
    database = file.with_suffix(".db")
    database.write_bytes(empty_database())
    told = wish(Sampling.GRID.value)
    create_study(parse_address(str(database)), described, name="train", budget=None, told=told)
    code, _, err = shell("--write", "--yes")
    assert code == 2
    assert "lr: is searched by a grid, whose values are fixed" in err
    assert Process.requests == []


def test_a_rate_that_is_fixed_stays_so(shell: Shell, study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["fix", str(study), "lr=1e-4"]) == 0
    capsys.readouterr()
    code, _, err = shell("--write", "--yes")
    assert code == 2
    assert err == "hpt-tui: lr: is fixed to 0.0001; free it first: hpt-tui unfix\n"
    assert Process.requests == []


def test_the_parameters_of_a_trial(shell: Shell, study: Path) -> None:
    storage = open_storage(parse_address(str(study)), writable=True)
    stored = optuna.load_study(study_name="train", storage=storage)
    stored.enqueue_trial({"lr": 5e-4, "batch_size": 128, "optimizer": "sgd"})
    number = len(stored.trials) - 1
    trial = stored.ask()
    while trial.number != number:
        trial = stored.ask()
    trial.suggest_float("lr", 1e-5, 1e-3, log=True)
    trial.suggest_int("batch_size", 16, 256, log=True)
    trial.suggest_categorical("optimizer", ["sgd", "adamw"])
    stored.tell(trial, 1.0)
    close_storage(storage)
    assert shell("--trial", number, "--params", "lr=1e-3")[0] == 0
    assert Process.requests[0].params == {"lr": 1e-3, "batch_size": 128, "optimizer": "sgd"}
    code, _, err = shell("--trial", 99)
    assert code == 2
    assert "--trial 99: train has no such trial" in err


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
