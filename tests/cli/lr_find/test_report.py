"""What ``hpt-tui lr-find`` says of a range test (G9, G8): text, one JSON document, a picture, an exit code."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from hpt_tui.domain.lr_range import rates_between
from hpt_tui.domain.range_request import Swept
from tests.cli.lr_find.ranges import BASELINE, Process, Shell, measured


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
