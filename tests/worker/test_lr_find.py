"""G9: the process that sweeps: what it tells, in lines of JSON, and what it says of hooks that can't be used."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from hpt_tui.domain.description import Description
from hpt_tui.domain.range_request import RangeRequest, Refused, Step, Swept, Told, told_line, told_of
from hpt_tui.worker.lr_find import lr_find
from tests.worker.bench import ROOT

FILE = ROOT / "tests" / "studies" / "range_test.py"
PARAMS = {"lr": 1e-3, "batch_size": 16}


@pytest.fixture(autouse=True)
def one_thread_and_a_fresh_import(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    before = list(sys.path)
    sys.modules.pop(FILE.stem, None)
    yield
    sys.modules.pop(FILE.stem, None)
    sys.path[:] = before
    torch.set_num_threads(threads)


def told(monkeypatch: pytest.MonkeyPatch, hook: str = "", file: Path = FILE) -> tuple[int, list[Told]]:
    monkeypatch.setenv("HOOK", hook)
    lines: list[Told] = []
    code = lr_find(str(file), lines.append, lambda: RangeRequest(PARAMS, 1e-5, 10.0, 50))
    return code, lines


def test_it_says_what_the_file_declares_and_ends_where_nothing_is_wanted() -> None:
    lines: list[Told] = []
    assert lr_find(str(FILE), lines.append, lambda: None) == 0
    assert [(type(line), line.name) for line in lines if isinstance(line, Description)] == [
        (Description, "regression")
    ]
    assert len(lines) == 1


def test_g9_each_step_and_then_all_of_it_the_same_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    code, lines = told(monkeypatch)
    swept = lines[-1]
    assert code == 0
    assert isinstance(swept, Swept)
    steps = [line for line in lines if isinstance(line, Step)]
    assert [step.done for step in steps] == list(range(1, len(swept.rates) + 1))
    assert [step.loss for step in steps] == list(swept.losses)
    # Plain SGD on a quadratic diverges beyond 2 over its curvature.
    assert 0.5 < swept.rates[-1] < 10
    assert (swept.steps, swept.optimizer, swept.batches) == (50, "SGD", 16)
    sys.modules.pop(FILE.stem)
    assert told(monkeypatch)[1] == lines


@pytest.mark.parametrize(
    ("hook", "problem", "remedy"),
    [
        ("raises", "lr_find_setup raises ValueError: the loss in line 45", ""),
        ("missing", "lr_find_setup raises KeyError: 'width' in line 47", "give it with --params width=VALUE"),
        ("empty", "lr_find_setup raises ValueError: optimizer got an empty parameter list in line 38", ""),
        (
            "vector",
            "lr_find_setup: loss must return one number, not a tensor of shape (16, 1)",
            "end it with .mean()",
        ),
        ("arguments", "lr_find_setup must take the parameters alone", "def lr_find_setup(params)"),
        ("none", "lr_find_setup returns nothing", "it must return a RangeTest"),
        ("absent", "has no function absent(params)", "lr-find needs it to know what to train"),
    ],
)
def test_what_cannot_be_used_is_one_line(
    monkeypatch: pytest.MonkeyPatch, hook: str, problem: str, remedy: str
) -> None:
    code, lines = told(monkeypatch, hook)
    refused = lines[-1]
    assert code == 2
    assert isinstance(refused, Refused)
    assert (refused.subject, refused.problem, refused.remedy) == (str(FILE), problem, remedy)
    assert bool(refused.hook) == (hook in ("none", "absent", "arguments"))


@pytest.mark.parametrize(
    "line",
    [
        Description("s", "f.py", "objective", space={"lr": "{}"}, declared=True),
        Step(1, 9, 1e-3, float("nan")),
        Swept((1.0,), (2.0,), 5, "SGD", None),
        Refused("a", "b", "c", "d"),
    ],
)
def test_what_is_told_crosses_the_boundary(line: Told) -> None:
    assert repr(told_of(told_line(line))).replace("[", "(").replace("]", ",)") == repr(line)


@pytest.mark.parametrize("line", ["", "hello", "[1, 2]", '["Step", {"x": 1}]', '["Other", {}]', "{}"])
def test_another_line_is_none(line: str) -> None:
    with pytest.raises(ValueError, match=r"^not a line of a range test: "):
        told_of(line)


@pytest.mark.train
def test_ctrl_c_ends_it_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", "slow")
    command = [sys.executable, "-P", "-c", SIGNALS, "lr-find", str(FILE)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stderr is not None
        assert process.stdin is not None
        process.stdin.write(RangeRequest(PARAMS, 1e-5, 10.0, 50).to_json() + "\n")
        process.stdin.flush()
        assert process.stderr.readline() == "sleeping\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out.count("\n"), err) == (130, 1, "")


SIGNALS = """
import sys, time
slept = time.sleep
def sleep(seconds):
    print("sleeping", file=sys.stderr, flush=True)
    slept(seconds)
time.sleep = sleep
from hpt_tui.worker.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
"""The process, saying when it has come to the sleep in its first loss."""
