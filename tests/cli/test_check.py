"""``hpt-tui check``: a stored study in; flags, checklist, stop rules and an exit code out (G24-G27)."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import datetime, timedelta
from pathlib import Path

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial

from hpt_tui.cli import run_command_line
from hpt_tui.domain.flags.rules import FLAG_IDS
from hpt_tui.store.address import Address
from hpt_tui.store.connect import close_storage, open_storage
from tests.cli.refusal import refusal
from tests.storages import fresh_storage

GOLDEN = Path(__file__).parent / "golden"
LR, OPTIMIZER = FloatDistribution(1e-4, 1e-1, log=True), CategoricalDistribution(("sgd", "adamw"))
BEGAN = datetime(2026, 1, 1)  # noqa: DTZ001


@pytest.fixture
def address(tmp_path: Path) -> Address:
    with fresh_storage("sqlite", tmp_path) as found:
        close_storage(open_storage(found, writable=True, create=True))
        return found


def fill(
    address: Address, name: str = "s", *, best: float = 3e-3, count: int = 40, value: float | None = None
) -> None:
    """Learning rates evenly over the range, and an accuracy that peaks at ``best`` or is always ``value``."""
    study = optuna.create_study(study_name=name, storage=address.url, direction="maximize")
    for n in range(count):
        lr = 1e-4 * 1000 ** ((n * 7 % count) / (count - 1))
        accuracy = 0.9 - 0.1 * math.log10(lr / best) ** 2 if value is None else value
        study.add_trial(
            create_trial(
                state=TrialState.COMPLETE,
                value=accuracy,
                params={"lr": lr, "optimizer": ("sgd", "adamw")[n % 2]},
                distributions={"lr": LR, "optimizer": OPTIMIZER},
            )
        )


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = run_command_line(["check", *map(str, arguments)])
    printed = capsys.readouterr()
    assert printed.err == ""
    return code, printed.out


def test_a_clean_study_exits_with_0(address: Address, capsys: pytest.CaptureFixture[str]) -> None:
    fill(address)
    code, out = told(capsys, address.url)
    assert code == 0
    assert out.splitlines()[0].endswith("40 complete; 0 critical, 0 warnings, 0 remarks")
    assert "  yes  Do the trials differ? 40 different configurations" in out
    assert "no-improvement" in out


def test_warnings_exit_with_1_and_say_evidence_cause_and_fix(
    address: Address, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(address, best=1.0)
    code, out = told(capsys, address.url)
    assert code == 1
    assert "warning G24.3 edge: lr 1.0e-1 of the best trial" in out
    assert [word in out for word in ("  found  ", "  trials ", "  cause  ", "  fix    ")] == [True] * 4
    assert "  NO   Does the best lie inside the space?" in out


def test_something_critical_exits_with_4(address: Address, capsys: pytest.CaptureFixture[str]) -> None:
    fill(address, value=0.1)
    code, out = told(capsys, address.url)
    assert code == 4
    assert "critical G24 constant: " in out


def test_the_json_document_is_a_contract(address: Address, capsys: pytest.CaptureFixture[str]) -> None:
    fill(address, best=1.0)
    code, out = told(capsys, address.url, "--json", "--gpu-hours", "10", "--trials", "50")
    assert code == 1
    assert out == (GOLDEN / "check.json").read_text()
    assert [*json.loads(out)] == ["study", "flags", "checklist", "stop_rules"]
    keys = ["id", "severity", "parameters", "trials", "evidence", "cause", "fix"]
    assert [[*flag] for flag in json.loads(out)["flags"]] == [keys]


def test_g26_4_a_budget_of_steps_is_a_stop_rule(address: Address, capsys: pytest.CaptureFixture[str]) -> None:
    fill(address, best=1.0)
    rules = {rule["id"]: rule for rule in json.loads(told(capsys, address.url, "--json")[1])["stop_rules"]}
    assert rules["steps"]["state"] == "unset"
    found = json.loads(told(capsys, address.url, "--json", "--max-steps", "10")[1])["stop_rules"]
    steps = next(rule for rule in found if rule["id"] == "steps")
    assert steps["measured"].endswith(" of 10 steps")


def test_markdown_has_its_tables_and_nothing_from_the_study_is_markup(
    address: Address, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(address, "a|b <img> [x](y)\x1b[31m", best=1.0)
    code, out = told(capsys, address.url, "--markdown")
    assert code == 1
    assert out.startswith("# a\\|b \\<img\\> \\[x\\](y) \\[31m\n")
    assert "### warning: edge (G24.3)" in out
    assert "| Do the trials differ? | yes | 40 different configurations" in out


def test_g24_7_another_search_of_the_storage_confirms_the_best(
    address: Address, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(address, "one")
    fill(address, "two", best=3.5e-3)
    fill(address, "far", best=3e-2)
    code, out = told(capsys, address.url, "--study", "one", "--against", "two", "--against", "far")
    assert code == 0
    assert "info G24.7 confirmed-best: two has found the same best" in out
    assert "far has found" not in out


def test_g24_a_trial_that_nobody_runs_any_more_is_told(
    address: Address, capsys: pytest.CaptureFixture[str]
) -> None:
    study = optuna.create_study(study_name="s", storage=address.url)
    for n in range(20):
        trial = create_trial(
            state=TrialState.COMPLETE, value=n / 20, params={"lr": 1e-3 * (n + 1)}, distributions={"lr": LR}
        )
        trial.datetime_start, trial.datetime_complete = BEGAN, BEGAN + timedelta(seconds=30)
        study.add_trial(trial)
    left = create_trial(state=TrialState.RUNNING, params={"lr": 1e-3}, distributions={"lr": LR})
    left.datetime_start = BEGAN
    study.add_trial(left)
    document = json.loads(told(capsys, address.url, "--json")[1])
    (flag,) = [flag for flag in document["flags"] if flag["id"] == "zombie"]
    assert flag["trials"] == [20]
    assert flag["evidence"]["longest finished trial"] == "30 s"


def test_nothing_is_written(address: Address, capsys: pytest.CaptureFixture[str]) -> None:
    fill(address)
    before = hashlib.sha256(Path(address.file).read_bytes()).digest()
    told(capsys, address.url)
    assert hashlib.sha256(Path(address.file).read_bytes()).digest() == before


@pytest.mark.parametrize("kind", ["journal", "sqlite"])
def test_an_empty_study_is_clean(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with fresh_storage(kind, tmp_path) as empty:
        optuna.create_study(study_name="s", storage=open_storage(empty, writable=True, create=True))
        code, out = told(capsys, empty.url, "--json")
    assert code == 0
    assert json.loads(out)["flags"] == []
    assert {line["answer"] for line in json.loads(out)["checklist"]} == {"unknown"}
    assert {rule["state"] for rule in json.loads(out)["stop_rules"]} == {"unset"}


@pytest.mark.parametrize("rule", ["G24.3", "g6", "C2", "G18", *FLAG_IDS])
def test_explain_needs_no_storage(
    rule: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HPT_TUI_STORAGE", raising=False)
    code, out = told(capsys, "--explain", rule)
    assert code == 0
    assert "  why   " in out and "  do    " in out
    assert told(capsys, f"--explain={rule}") == (0, out)
    assert told(capsys, "none.db", "--explain", rule) == (0, out)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("", "Missing argument"),
        ("none.db", "there is no such file"),
        ("study.db", "holds several studies: one, two; name one with --study"),
        ("study.db --study three", "there is no study named 'three'"),
        ("study.db --study one --against three", "there is no study named 'three'"),
        ("study.db --study one --against one", "--against: one is the study itself"),
        ("study.db --study one --json --markdown", "--markdown and --json exclude each other"),
        ("study.db --study one --watch --markdown", "--markdown and --watch exclude each other"),
        ("study.db --study one --every 5", "--every: works with --watch only"),
        ("study.db --study one --timeout soon", "'soon' is no time"),
        ("study.db --study one --gpu-hours 0", "0.0 is not in the range x>0"),
        ("study.db --study one --notify ftp://x", "--notify: 'ftp://x' is no target; give bell, desktop"),
        ("--explain G99", "--explain: there is no rule 'G99'; name one like G24.3"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: str,
    says: str,
    address: Address,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HPT_TUI_STORAGE", raising=False)
    for name in ("one", "two"):
        optuna.create_study(study_name=name, storage=address.url)
    assert says in refusal(["check", *arguments.split()], capsys)
