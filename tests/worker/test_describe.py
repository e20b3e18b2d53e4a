"""Describing a study file from outside its process."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpt_tui.domain.description import Description
from tests.worker.bench import STUDIES, described


def test_a_declared_study_that_prints() -> None:
    file = STUDIES / "declared.py"
    answer = described(str(file))
    assert answer.returncode == 0
    assert "a noisy import" in answer.stderr
    (line,) = answer.stdout.splitlines()
    description = Description.from_json(line)
    assert description.name == "declared"
    assert (description.metric, description.direction, description.steps) == ("loss", "minimize", 3)
    assert description.baseline == {"lr": 1e-3, "kind": "a"}
    assert set(description.space) == {"lr", "kind"}
    assert description.logs == "runs/{number}"
    assert description.declared
    assert description.file == str(file)
    assert Description.from_json(description.to_json()) == description


def test_a_plain_file_says_only_where_its_objective_is() -> None:
    target = f"{STUDIES / 'plain_quadratic.py'}:objective"
    description = Description.from_json(described(target).stdout)
    assert description == Description("plain_quadratic", target, "objective")


@pytest.mark.parametrize("target", ["no_objective.py", "gone.py"])
def test_a_mistake_is_one_line_and_exit_code_2(target: str) -> None:
    answer = described(str(STUDIES / target))
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.count("\n") == 1
    assert answer.stderr.startswith(str(STUDIES / target))


def test_output_below_python_does_not_get_in_the_way(tmp_path: Path) -> None:
    file = tmp_path / "loud.py"
    file.write_text(
        "import os\nos.system('echo loud')\nos.write(1, b'louder')\ndef objective(trial): return 1.0\n"
    )
    answer = described(str(file))
    assert Description.from_json(answer.stdout).name == "loud"
    assert "louder" in answer.stderr


@pytest.mark.parametrize("text", ["[]", "{}", '{"name": "x", "surprise": 1}', "nonsense"])
def test_something_else_is_no_description(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Description.from_json(text)
