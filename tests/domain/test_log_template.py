"""``runs/{number}``: which folders and files a template of logs stands for."""

from __future__ import annotations

import pytest

from hpt_tui import StudySpec
from hpt_tui.domain.log_template import fixed_name, is_pattern, name_pattern, template_problem


@pytest.mark.parametrize(
    ("component", "matched", "not_matched"),
    [
        ("trial_{number}_*", ["trial_3_lr0.1", "trial_3_", "trial_03_x"], ["trial_13_x", "trial_31_x", "trial_3"]),
        ("trial_*{number}", ["trial_3", "trial_00003"], ["trial_13", "trial_30"]),
        ("*_{number}*", ["objective_3", "x_1_3_y"], ["x_33", "y_3" + "1"]),
        ("version_*", ["version_0", "version_12"], ["versions", "xversion_0"]),
        ("run?{number}", ["run-3"], ["run3", "run--3", "run/3x"]),
        ("[ab]{number}", ["a3", "b3"], ["c3", "[ab]3"]),
        ("[!ab]{number}", ["c3"], ["a3"]),
        ("*[{number}", ["x[3"], ["x3"]),
        ("*.(x)\n+", ["a.(x)\n+", "\n.(x)\n+"], ["axx"]),
    ],
)
def test_a_wildcard_finds_the_whole_number(component: str, matched: list[str], not_matched: list[str]) -> None:
    assert is_pattern(component)
    pattern = name_pattern(component, 3)
    assert [name for name in matched + not_matched if pattern.fullmatch(name)] == matched


def test_a_name_without_wildcards_is_taken_as_it_is_written() -> None:
    assert not is_pattern("run {number} (a.b)")
    assert fixed_name("run {number} (a.b)", 3) == "run 3 (a.b)"


@pytest.mark.parametrize(
    ("template", "says"),
    [("runs", "does not say where"), ("runs/{number}\0", "no path"), ("{number}" * 999, "no path")],
)
def test_a_template_that_cannot_work_is_refused_where_it_is_written(template: str, says: str) -> None:
    assert says in template_problem(template)
    with pytest.raises(ValueError, match=says):
        StudySpec("s", "loss", "minimize", {}, logs=template)


def test_a_good_template_has_no_problem() -> None:
    assert template_problem("runs/*_{number}/version_*") == ""
