"""Whatever a user gets wrong: one line that names it, exit code 2, no traceback, nothing made or changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import optuna
import pytest

from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import open_storage
from hpt_tui.store.metrics import engine_of

DECLARED = """
import hpt_tui
from optuna.distributions import FloatDistribution
STUDY = hpt_tui.StudySpec(name="d", metric="y", direction="minimize", space={"x": FloatDistribution(0, 1)})
def objective(trial):
    return STUDY.suggest(trial)["x"]
"""
GOOD = "def objective(trial):\n    return trial.suggest_float('x', 0, 1)\n"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files of every kind, and a study file with two studies."""
    made = tmp_path_factory.mktemp("prepared") / "work"
    made.mkdir()
    (made / "good.py").write_text(GOOD)
    (made / "declared.py").write_text(DECLARED)
    (made / "wishes.py").write_text(DECLARED.replace("name=", "strategy='best', name="))
    (made / "syntax.py").write_text("def objective(trial:\n")
    (made / "nothing.py").write_text("x = 1\n")
    (made / "raises.py").write_text("raise ValueError('no [/b] \\x1b[31mGPU')\n")
    (made / "imports.py").write_text("import no_such_package\n" + GOOD)
    (made / "notes.txt").write_text("hello")
    storage = open_storage(parse_address(str(made / "study.db")), writable=True, create=True)
    for name in ("one", "two"):
        optuna.create_study(study_name=name, storage=storage)
    # With its last connection goes the write-ahead log, so that the bytes of the file can be compared.
    engine = engine_of(storage)
    assert engine is not None
    storage.remove_session()
    engine.dispose()
    return made


@pytest.fixture
def folder(tmp_path: Path, prepared: Path) -> Path:
    """The test's own."""
    return Path(shutil.copytree(prepared, tmp_path / "work"))


def run(
    folder: Path, *arguments: str, before: Sequence[str] = (), **more: str
) -> subprocess.CompletedProcess[str]:
    """``before`` is what the command line is given to; ``more`` goes into its environment."""
    environment = {**os.environ, "HPT_TUI_STATE_DIR": str(folder.parent / "state"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [*before, sys.executable, "-m", "hpt_tui", *arguments],
        cwd=folder,
        env={**environment, **more},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def contents(folder: Path) -> dict[str, bytes]:
    """What is in the folder; an empty write-ahead log holds nothing, and its index goes with it."""
    files = {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {name: data for name, data in files.items() if not name.endswith("-shm") and data}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("run missing.py --headless", "missing.py: there is no such file"),
        ("run . --headless", "is a folder"),
        ("run notes.txt --headless", "notes.txt: is no Python file"),
        ("run syntax.py --headless", "syntax.py:1: syntax error"),
        ("run nothing.py --headless", "objective"),
        ("run raises.py --headless", "ValueError"),
        ("run imports.py --headless", "no_such_package"),
        ("run good.py:other --headless", "other"),
        ("run good.py", "needs a terminal; use --headless"),
        ("run good.py --headless --storage foo://x", "is not a storage that hpt-tui opens"),
        ("run good.py --headless --storage notes.txt", "neither an SQLite database nor an Optuna journal"),
        ("run good.py --headless --storage sqlite:///notes.txt", "is no SQLite database"),
        ("run good.py --headless --storage no/such/folder/x.db", "the folder"),
        ("run good.py --headless --storage postgresql://u:secret@127.0.0.1:1/x", "cannot be reached"),
        ("run good.py --headless --workers none", "neither a number of workers from 1 to 1024 nor 'auto'"),
        ("run good.py --headless --trials 0", "--trials"),
        ("run good.py --headless --timeout soon", "'soon' is no time; write 40h, 30m, 1h30m, 2d or 90s"),
        ("run good.py --headless --timeout 0", "'0' is no time"),
        ("run good.py --headless --max-steps -1", "-1 is not in the range 0<=x<="),
        ("run good.py --headless --max-steps many", "'many' is not a valid integer"),
        ("run good.py --headless --fail-on nonsense", "there is no flag 'nonsense'; there are "),
        ("run good.py --headless --direction up", "--direction"),
        ("run good.py --headless --direction minimize,", "--direction"),
        (
            "run good.py --headless --strategy bayes",
            "'auto', 'grid', 'random', 'qmc', 'tpe', 'tpe-group', 'gp', 'cm",
        ),
        (
            "run good.py --headless --pruner best",
            "'none', 'median', 'percentile', 'asha', 'hyperband', 'patient', 'g",
        ),
        ("run good.py --headless --seed -1", "--seed"),
        ("run good.py --headless --strategy grid", "a grid needs to know the space before it starts"),
        ("run good.py --headless --pruner hyperband", "needs to know how many steps a full trial reports"),
        (
            "run declared.py --headless --strategy grid",
            "a grid cannot go through x: a continuous range has no end",
        ),
        ("run declared.py --headless --strategy gp --storage study.db --study one --direction up", "--direction"),
        ("run wishes.py --headless", "strategy must be one of auto, grid, random"),
        ("attach missing.db", "there is no such file"),
        ("attach", "Give a storage's URL or file, or set HPT_TUI_STORAGE"),
        ("attach notes.txt", "neither an SQLite database nor an Optuna journal"),
        ("attach study.db --study three", "there is no study named 'three'; it holds: one, two"),
        ("attach study.db --study one", "needs a terminal"),
        ("attach study.db --study one --logs runs", "--logs: 'runs' does not say where the trial's number goes"),
        ("worker good.py --storage missing.db", "there is no such file"),
        ("worker good.py --storage study.db --study three", "there is no study named 'three'"),
        ("worker good.py", "--storage"),
        ("worker good.py --storage study.db --study one --gpu 99", "--gpu 99: there is no such GPU"),
        ("demo", "needs a terminal"),
        ("widen study.db lr --high 1", "holds several studies: one, two; name one with --study"),
        ("widen study.db lr --study one", "Give --low, --high or both; see hpt-tui widen --help"),
        ("widen study.db lr --low much --study one", "'much' is not a valid float"),
        ("kill study.db", "Missing argument 'N…'"),
        ("kill study.db 3 -1 --study one", "No such option '-1'"),
        ("kill study.db five --study one", "'five' is not a valid integer"),
        ("stop study.db --now --study one", "steering: no hpt-tui worker has ever run this study"),
        ("pause study.db --study one", "steering: no hpt-tui worker has ever run this study"),
        ("resume missing.db", "there is no such file"),
        ("workers study.db 2000 --study one", "2000 is not in the range 0<=x<=1024"),
        ("events study.db --study three", "there is no study named 'three'; it holds: one, two"),
        ("events study.db -n 0 --study one", "0 is not in the range x>=1"),
        ("ps", "Missing argument 'URL'"),
        ("nonsense", "No such command 'nonsense'"),
        ("run", "Missing argument"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(folder: Path, arguments: str, says: str) -> None:
    before = contents(folder)
    done = run(folder, *arguments.split())
    assert says in done.stderr
    assert done.returncode == 2
    assert done.stderr.startswith("hpt-tui: ")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert not [word for word in ("\x1b", "secret", "Traceback") if word in done.stderr]
    assert done.stdout == ""
    assert contents(folder) == before


def test_a_direction_that_contradicts_the_study_is_refused(folder: Path) -> None:
    common = ["run", "good.py", "--headless", "--trials", "1", "--storage", "new.db", "--direction"]
    assert run(folder, *common, "maximize").returncode == 0
    done = run(folder, *common, "minimize")
    assert done.returncode == 2
    assert "maximize" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("verb", ["run good.py --headless --trials 1", "attach", "worker good.py"])
def test_every_verb_takes_the_storage_from_the_environment(folder: Path, verb: str) -> None:
    done = run(folder, *verb.split(), HPT_TUI_STORAGE="postgresql://u:sec/secret@127.0.0.1:1/x")
    assert done.returncode in (2, 75)
    assert "postgresql://u:***@127.0.0.1:1/x: cannot be reached" in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize(
    "verb", ["run good.py --headless --trials 1", "worker good.py --storage study.db --study one"]
)
def test_a_state_folder_that_cannot_be_used_is_said(folder: Path, verb: str) -> None:
    done = run(folder, *verb.split(), HPT_TUI_STATE_DIR="notes.txt/state")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "hpt-tui: notes.txt/state: cannot be used (Not a directory)\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("verb", ["--help", "run good.py --headless --trials 1"])
def test_a_full_stdout_is_said(folder: Path, verb: str) -> None:
    done = run(folder, *verb.split(), before=("sh", "-c", 'exec "$@" >/dev/full', "sh"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "hpt-tui: stdout: cannot be written (No space left on device)"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("verb", "says"),
    [("run good.py --headless", "stdout: is closed"), ("attach study.db --study one", "needs a terminal")],
)
def test_a_closed_stdout_is_said_and_nothing_is_run(folder: Path, verb: str, says: str) -> None:
    before = contents(folder)
    done = run(folder, *verb.split(), before=("sh", "-c", 'exec "$@" >&-', "sh"))
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert contents(folder) == before


@pytest.mark.parametrize("verb", ["", "run", "attach", "worker", "demo", "lint"])
def test_every_verb_explains_itself(verb: str, folder: Path) -> None:
    done = run(folder, *verb.split(), "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"Usage: hpt-tui {verb}".rstrip())
