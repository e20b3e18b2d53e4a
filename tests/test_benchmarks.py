"""The benchmarks measure something; what they find is asserted nowhere (issue 3, item 9)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.figures import Figure, written
from benchmarks.synthetic import size

ROOT = Path(__file__).parents[1]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "benchmarks/all.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_one_command_prints_the_ratios_and_writes_them_as_json(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    said = run("--only", "reader", "--sizes", "200", "--quick", "--json", str(out))
    assert said.returncode == 0, said.stderr
    assert "hpt-tui's table / raw SQL" in said.stdout
    told = json.loads(out.read_text())
    assert told["machine"]["cores"] >= 1
    assert told["broken"] == []
    assert {figure["group"] for figure in told["figures"]} == {"reading 200 x 50"}
    assert all(figure["value"] is not None for figure in told["figures"])


@pytest.mark.parametrize("arguments", [("--sizes", "many"), ("--only", "nothing"), ("--peers-at", "1x")])
def test_a_bad_argument_is_told_in_a_line(arguments: tuple[str, str]) -> None:
    said = run(*arguments)
    assert said.returncode == 2
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(("text", "trials"), [("1k", 1_000), ("100K", 100_000), ("250", 250), ("2m", 2_000_000)])
def test_sizes_are_written_short(text: str, trials: int) -> None:
    assert size(text) == trials


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("", "", 1.9, "x", most=2), True),
        (Figure("", "", 2.1, "x", most=2), False),
        (Figure("", "", 61, "x", least=60), True),
        (Figure("", "", 59, "x", least=60), False),
        (Figure("", "", 59, "x"), None),
    ],
)
def test_a_target_is_met_missed_or_not_there(figure: Figure, met: bool | None) -> None:
    assert figure.met is met


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.01234, "0.0123"), (1.5, "1.5"), (12.34, "12.3"), (10_260, "10,260"), (float("nan"), "-")],
)
def test_figures_have_three_digits_that_count(value: float, text: str) -> None:
    assert written(value) == text
