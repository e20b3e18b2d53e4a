"""``check --explain``: every rule that is code is in the table, in our own words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hpt_tui
from hpt_tui.domain.flags.rules import FLAG_IDS
from hpt_tui.domain.rulebook import RULEBOOK, Rule, find_rules

PACKAGE = Path(hpt_tui.__file__).parent
CITED = re.compile(r'"((?:G\d+(?:\.\d)?)|(?:C\d))"')


def cited() -> set[str]:
    """The rules that findings and flags name."""
    rules = (PACKAGE / "domain").rglob("*.py")
    return {id_ for file in rules for id_ in CITED.findall(file.read_text())}


@pytest.mark.parametrize("rule", sorted(cited()))
def test_every_rule_that_is_cited_can_be_explained(rule: str) -> None:
    assert find_rules(rule)


@pytest.mark.parametrize("rule", [*(f"G{n}" for n in range(1, 38)), *(f"C{n}" for n in range(1, 9))])
def test_no_number_is_left_out(rule: str) -> None:
    assert find_rules(rule)


@pytest.mark.parametrize("rule", RULEBOOK, ids=lambda rule: f"{rule.id} {rule.flag}".strip())
def test_the_files_that_it_names_are_there(rule: Rule) -> None:
    for path in re.findall(r"studies/\w+\.py", rule.correction):
        assert (PACKAGE.parent / path).is_file()


@pytest.mark.parametrize("flag", FLAG_IDS)
def test_every_flag_can_be_explained_by_its_id(flag: str) -> None:
    assert [rule.flag for rule in find_rules(flag)] == [flag]


def test_a_whole_requirement_is_all_of_its_parts() -> None:
    found = find_rules("g24")
    assert {rule.flag for rule in found} == {*FLAG_IDS} - {"overfit", "underfit"}
    assert len(find_rules("G26")) == 4
    assert [rule.id for rule in find_rules("G2")] == ["G2"]


@pytest.mark.parametrize("wanted", ["", " ", "G99", "edges", "C9", "."])
def test_what_is_no_rule_is_not_found(wanted: str) -> None:
    assert find_rules(wanted) == ()


@pytest.mark.parametrize("rule", RULEBOOK, ids=lambda rule: f"{rule.id} {rule.flag}".strip())
def test_each_says_what_why_and_what_to_do_in_sentences(rule: object) -> None:
    texts = [getattr(rule, name) for name in ("title", "reason", "correction")]
    assert all((text.endswith(".") and text[0].isupper()) or text.startswith("hpt-tui") for text in texts)
