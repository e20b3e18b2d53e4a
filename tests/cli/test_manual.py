"""``hpt-tui manual --headless`` (G10): real workers train and are followed from rate to rate."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import optuna
import pytest

from hpt_tui.cli import run_command_line
from hpt_tui.domain.event import Event
from hpt_tui.store import keys
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import open_storage

STUDY = Path(__file__).parents[1] / "studies" / "by_hand.py"
Lines = list[dict[str, object]]

SILENT = """
import optuna
from optuna.distributions import FloatDistribution
import hpt_tui

STUDY = hpt_tui.StudySpec("silent", "loss", "minimize", {"lr": FloatDistribution(1e-4, 1.0, log=True)})


def objective(trial):
    return STUDY.suggest(trial)["lr"]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    shutil.copy(STUDY, tmp_path / "train.py")
    return tmp_path


def by_hand(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Lines, str]:
    code = run_command_line(["manual", *arguments, "--headless"])
    told = capsys.readouterr()
    return code, [json.loads(line) for line in told.out.splitlines()], told.err


def only(lines: Lines, kind: str) -> Lines:
    return [line for line in lines if line["type"] == kind]


def stored(folder: Path) -> tuple[list[optuna.trial.FrozenTrial], tuple[Event, ...]]:
    storage = open_storage(parse_address(str(folder / "train.db")), writable=False)
    (study,) = storage.get_all_studies()
    return storage.get_all_trials(study._study_id), keys.decode_events(study.user_attrs)


def test_from_a_rate_that_swings_it_comes_to_the_right_decade_and_the_search_goes_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It swings above 2 and crawls below 0.02; the baseline has 5."""
    code, lines, said = by_hand(capsys, "train.py")
    assert code == 0, said
    steps = only(lines, "step")
    assert [step["verdict"] for step in steps] == ["oscillates", "oscillates", "converges well"]
    assert [step["rate"] for step in steps] == [5.0, 2.5, 0.25]
    assert [step["next"] for step in steps] == [2.5, 0.25, None]
    (found,) = only(lines, "found")
    assert {k: found[k] for k in ("converged", "parameter", "rate", "number", "low", "high")} == {
        "converged": True,
        "parameter": "lr",
        "rate": 0.25,
        "number": 2,
        "low": 0.025,
        "high": 2.5,
    }
    assert lines[-1]["reason"] == "converged"
    assert "hpt-tui lint" in said

    trials, _ = stored(folder)
    assert len(trials) == 3, "no sampler drew one"
    assert {t.params["kind"] for t in trials} == {"b"}, "all else stays as the baseline has it"
    assert {len(t.intermediate_values) for t in trials} == {20}, "no pruner ended one"
    by = trials[1].user_attrs[keys.TRIAL_ENQUEUED]
    attributes = [t.user_attrs.get(keys.TRIAL_MANUAL) for t in trials]
    assert attributes == [None, {"step": 2, "by": by}, {"step": 3, "by": by}]

    again, lines, _ = by_hand(capsys, "train.py")
    assert (again, len(only(lines, "step")), only(lines, "trial")) == (0, 3, []), "it is known, and not run again"

    assert run_command_line(["run", "train.py", "--headless", "--trials", "5", "--workers", "1"]) == 0
    trials, events = stored(folder)
    assert len(trials) == 5
    assert [keys.TRIAL_MANUAL in t.user_attrs for t in trials[3:]] == [False, False]
    assert [event.act for event in events if "manual" in event.act].count("end-manual") == 1


def test_from_a_rate_that_crawls_it_comes_there_too_and_more_runs_go_on_where_it_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, lines, said = by_hand(capsys, "train.py", "--lr", "1e-3", "--set", "kind=a", "--runs", "2")
    assert (code, lines[-1]["reason"]) == (1, "limit")
    assert "2 runs, and none converges well." in said
    code, lines, _ = by_hand(capsys, "train.py", "--runs", "5")
    assert (code, lines[-1]["reason"]) == (0, "converged")
    rates = [step["rate"] for step in only(lines, "step")]
    assert rates == [1e-3, 1e-2, 1e-1, 3e-1]


def test_an_objective_that_reports_nothing_is_told_so_after_its_first_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "silent.py").write_text(SILENT)
    code, lines, said = by_hand(capsys, "silent.py")
    assert (code, lines[-1]["reason"], len(only(lines, "trial"))) == (1, "no-curve", 1)
    assert "reported nothing" in said
    assert "trial.report(value, epoch)" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("train.py --lr 1e5", "outside its bounds"),
        ("train.py --lr nan", "above 0"),
        ("train.py --lr 0", "above 0"),
        ("train.py --parameter kind", "declare a range"),
        ("train.py --parameter nope", "there is no such parameter"),
        ("train.py --set kind=zz", "none of its choices"),
        ("train.py --set kind", "is not NAME=VALUE"),
        ("train.py --runs 0", "0 is not in the range"),
        ("plain.py", "declare a StudySpec"),
        ("missing.py", "there is no such file"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: str, says: str
) -> None:
    (folder / "plain.py").write_text("def objective(trial):\n    return trial.suggest_float('lr', 0, 1)\n")
    before = {path.name for path in folder.iterdir()} - {"state", "__pycache__"}
    code, lines, said = by_hand(capsys, *arguments.split())
    assert (code, lines) == (2, [])
    assert len(said.splitlines()) == 1
    assert says in said
    assert {path.name for path in folder.iterdir()} - {"state", "__pycache__"} == before


def test_the_page_needs_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["manual", "train.py"]) == 2
    assert "needs a terminal; use --headless" in capsys.readouterr().err
