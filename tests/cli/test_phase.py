"""``run --plan`` and ``hpt-tui phase`` from the outside: what is refused, shown and ordered (G17, G3)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import create_trial

from hpt_tui.cli import run_command_line
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.store.address import parse_address
from tests.worker.phased import Phased

SPACE = {"lr": FloatDistribution(1e-4, 1.0, log=True), "optimizer": CategoricalDistribution(("sgd", "adamw"))}
DECLARED = """
import hpt_tui
from optuna.distributions import FloatDistribution, IntDistribution
SPACE = {"lr": FloatDistribution(1e-4, 1e-1, log=True), "batch_size": IntDistribution(16, 64)}
STUDY = hpt_tui.StudySpec(name="d", metric="y", direction="minimize", space=SPACE)
def objective(trial):
    return STUDY.suggest(trial)["lr"]
"""
HOOKED = DECLARED.replace("    return", "    hpt_tui.trial_seed(trial)\n    return")


def tried(path: Path, *arguments: str) -> int:
    return run_command_line(["run", str(path), "--headless", "--workers", "1", *arguments])


@pytest.mark.parametrize(
    ("source", "arguments", "line"),
    [
        (HOOKED, ("--plan", "later"), "a plan is one of phases, staged, not 'later'"),
        (HOOKED, ("--plan", "phases:explore=many"), "explore is a whole number from 1 to 1,000,000, not 'many'"),
        (
            HOOKED,
            ("--plan", "phases", "--trials", "100"),
            "the plan has 150 trials (explore 100, refine 50",
        ),
        (HOOKED, ("--plan", "phases", "--strategy", "grid"), "grid"),
        (
            DECLARED,
            ("--plan", "phases"),
            "never calls hpt_tui.trial_seed(trial), so every seed would",
        ),
        (
            HOOKED,
            ("--plan", "staged"),
            "there is none of batch_size; add it to the StudySpec: base",
        ),
        (HOOKED.replace("space=SPACE", "space=SPACE, plan='phase'"), (), "a plan is one of phases, staged"),
    ],
    ids=["no plan", "no size", "the budget", "a grid", "no seed hook", "no baseline", "in the file"],
)
def test_what_makes_no_sense_is_one_line_and_leaves_nothing_behind(
    source: str, arguments: tuple[str, ...], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "train.py"
    file.write_text(source)
    assert tried(file, *arguments) == 2
    told = capsys.readouterr().err
    assert line in told
    assert len(told.strip().splitlines()) == 1
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix != "") == ["train.py"]


@pytest.fixture
def phased(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Phased:
    """Five of ten explored."""
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    found = Phased(parse_address(str(tmp_path / "s.db")), tmp_path, SPACE, "phases:explore=10,refine=5,top=2")
    for n in range(5):
        params = {"lr": 0.01 * (n + 1), "optimizer": "sgd"}
        found.storage.create_new_trial(
            found.study_id, create_trial(value=float(n), params=params, distributions=SPACE)
        )
    return found


def test_a_study_that_follows_a_plan_says_how_far_it_is(
    phased: Phased, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(["phase", "show", phased.address.url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("explore 5/10     now  best 0.0000 #0")
    assert lines[-1].startswith("next: refine, as things stand: lr 1.0e-4 .. 1.0e0 → ")

    assert run_command_line(["ps", phased.address.url]) == 0
    assert "s: phase explore 5/10" in capsys.readouterr().err
    assert run_command_line(["check", phased.address.url]) in (0, 1)
    assert "5 complete; phase explore 5/10; " in " ".join(capsys.readouterr().out.split())

    assert run_command_line(["phase", "show", phased.address.url, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [(p["name"], p["state"], p["size"]) for p in document["phases"]] == [
        ("explore", "now", 10),
        ("refine", "to come", 5),
        ("validate", "to come", 6),
    ]


def test_the_next_phase_is_asked_for_and_ordered(phased: Phased, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["phase", "next", phased.address.url]) == 2
    assert "needs to be confirmed, and there is no terminal to ask on; add --yes" in capsys.readouterr().err
    assert phased.plan.skipped == frozenset()
    assert run_command_line(["phase", "next", phased.address.url, "--yes"]) == 0
    assert "next phase refine: explore 5/10; lr" in (told := capsys.readouterr()).err
    assert "phase refine begins with the next free worker" in told.out
    assert phased.plan.skipped == {0}
    assert run_command_line(["phase", "next", phased.address.url, "--yes"]) == 2
    assert "refine: is ordered already" in capsys.readouterr().err


def test_a_study_without_a_plan_says_how_to_start_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from hpt_tui.domain.description import Description
    from hpt_tui.store.create import create_study

    create_study(parse_address(str(tmp_path / "s.db")), Description("s", "s.py", "objective"))
    assert run_command_line(["phase", "next", str(tmp_path / "s.db"), "--yes"]) == 2
    assert "has no plan of phases; start one with: hpt-tui run FILE.py --plan phases" in capsys.readouterr().err


def test_by_hand_no_phase_is_ordered(phased: Phased, capsys: pytest.CaptureFixture[str]) -> None:
    phased.control.search_by_hand(ManualLoop("lr", 0.1, at=1.0))
    assert run_command_line(["phase", "next", phased.address.url, "--yes"]) == 2
    assert "s: begins no phase while the study is searched by hand; go on" in capsys.readouterr().err
    assert phased.plan.skipped == frozenset()


def test_the_steps_that_end_a_plan_are_shown_with_it(phased: Phased, capsys: pytest.CaptureFixture[str]) -> None:
    phased.control.set_max_steps(StepBudget(20))
    assert run_command_line(["phase", "show", phased.address.url]) == 0
    assert "the plan ends at 20 steps, in whatever phase it is then" in capsys.readouterr().out
