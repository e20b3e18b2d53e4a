"""``hpt-tui run --stop-when`` from the outside (G26): a real search that ends by a rule, and bad input."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpt_tui.cli import run_command_line
from tests.cli.test_headless_run import run

BEST_FIRST = """
def objective(trial):
    trial.suggest_float("x", 0.0, 1.0)
    return 0.0 if trial.number == 0 else 1.0 + trial.number / 1e6
"""


def test_a_search_that_gains_nothing_ends_by_the_rule_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "best_first.py").write_text(BEST_FIRST)
    arguments = ("--headless", "--trials", "3000", "--workers", "1", "--stop-when", "no-improvement,time=9h:warn")
    code, lines, said = run(tmp_path, "run", "best_first.py", *arguments)
    assert code == 0
    assert (lines[-1]["type"], lines[-1]["reason"]) == ("end", "stopped")
    (stop,) = [line for line in lines if line["type"] == "event" and line["act"] == "stop"]
    assert stop["why"] == "no-improvement"
    (notice,) = [str(line["text"]) for line in lines if line["type"] == "notice" and "fires" in str(line["text"])]
    assert notice.startswith("stop rule no-improvement fires: ")
    assert notice in said
    assert 31 <= len([line for line in lines if line["type"] == "trial"]) < 3000


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("nonsense", "there is no stop rule 'nonsense'; there are improvement, same-best, no-improvement"),
        ("time", "time needs a limit, e.g. time=40h"),
        ("same-best:loudly", "same-best can warn or stop, not 'loudly'"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    given: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "best_first.py"
    file.write_text(BEST_FIRST)
    assert run_command_line(["run", str(file), "--stop-when", given]) == 2
    printed = capsys.readouterr().err
    assert says in printed and len(printed.splitlines()) == 1
    assert not file.with_suffix(".db").exists()
