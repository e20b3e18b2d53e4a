"""Every way in which a study file can be right or wrong."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hpt_tui.domain.target import split_target, target_file
from hpt_tui.errors import StudyFileError
from hpt_tui.worker.objective import load_study_file

SPEC = "StudySpec('{name}', 'loss', 'minimize', {{}}, objective='{objective}')"


@pytest.fixture(autouse=True)
def _clean_imports() -> Iterator[None]:
    modules, path = dict(sys.modules), list(sys.path)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - set(modules):
        del sys.modules[name]


def write(folder: Path, text: str, name: str = "my_study.py") -> str:
    file = folder / name
    file.write_text(text)
    return str(file)


def refusal(target: str) -> str:
    with pytest.raises(StudyFileError) as caught:
        load_study_file(target)
    assert "\n" not in caught.value.line
    return caught.value.line


def specs(*pairs: tuple[str, str]) -> str:
    lines = ["from hpt_tui import StudySpec", "def objective(trial): return 1.0", "def other(trial): return 2.0"]
    lines += [f"{name.upper()} = {SPEC.format(name=name, objective=objective)}" for name, objective in pairs]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "suffix", "found"),
    [
        ("def objective(trial): return 1.0\ndef train(trial): return 2.0", "", "objective"),
        ("def helper(x): return x\ndef train(trial, lr=0.1): return 1.0", "", "train"),
        ("def objective(trial): return 1.0\ndef train(t): return 2.0", ":train", "train"),
        ("class Job:\n  def __call__(self, trial): return 1.0\nobjective = Job()", "", "objective"),
        (specs(("a", "other")), "", "other"),
        (specs(("a", "objective"), ("b", "other")), ":other", "other"),
        (specs(("a", "objective"), ("b", "objective")), ":B", "objective"),
    ],
)
def test_the_objective_is_found(tmp_path: Path, text: str, suffix: str, found: str) -> None:
    target = write(tmp_path, text) + suffix
    study_file = load_study_file(target)
    assert study_file.objective_name == found
    assert study_file.target == target
    assert callable(study_file.objective)


def test_the_study_is_called_as_declared_or_like_its_file(tmp_path: Path) -> None:
    assert load_study_file(write(tmp_path, specs(("mine", "objective")), "one.py")).name == "mine"
    assert load_study_file(write(tmp_path, "def objective(trial): return 1.0", "two.py")).name == "two"
    both = write(tmp_path, specs(("mine", "objective")), "three.py")
    assert load_study_file(f"{both}:other").spec is None


@pytest.mark.parametrize(
    ("text", "suffix", "name"),
    [
        ("def objective(trial): return 1.0\ndef other(trial): return 2.0", ":objective", "my_study"),
        ("def objective(trial): return 1.0\ndef other(trial): return 2.0", ":other", "my_study-other"),
        ("def train(trial): return 1.0", ":train", "my_study"),
        ("def a(trial): return 1.0\ndef b(trial): return 2.0", ":a", "my_study-a"),
        (specs(("mine", "objective")), ":objective", "mine"),
        (specs(("mine", "objective")), ":other", "my_study-other"),
    ],
)
def test_an_objective_of_its_own_is_a_study_of_its_own(tmp_path: Path, text: str, suffix: str, name: str) -> None:
    assert load_study_file(write(tmp_path, text) + suffix).name == name


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("train.py", ("train.py", "")),
        ("train.py:objective", ("train.py", "objective")),
        ("a:b/train.py:objective", ("a:b/train.py", "objective")),
        ("a:b/train.py", ("a:b/train.py", "")),
        ("a.py:b/train.py", ("a.py:b/train.py", "")),
        ("a:b.py", ("a:b.py", "")),
        ("train.txt:objective", ("train.txt", "objective")),
        ("train.py:no-name", ("train.py", "no-name")),
    ],
)
def test_a_target_is_a_file_and_perhaps_an_objective(target: str, parts: tuple[str, str]) -> None:
    assert split_target(target) == parts
    assert target_file(target) == parts[0]


def test_siblings_can_be_imported_and_what_it_defines_pickles(tmp_path: Path) -> None:
    write(tmp_path, "WIDTH = 3", "sibling_of_study.py")
    text = "import sibling_of_study\nclass Model: pass\ndef objective(trial): return Model()"
    study_file = load_study_file(write(tmp_path, text))
    model = study_file.objective(None)  # type: ignore[arg-type]
    assert type(model).__module__ == "my_study"
    assert isinstance(pickle.loads(pickle.dumps(model)), type(model))  # noqa: S301


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def objective(trial:\n  pass", "'(' was never closed in line 1: def objective(trial:"),
        ("x = 1\nraise ValueError('bad\\nluck')", "raises ValueError: bad luck in line 2 when it is imported"),
        ("import sys\nsys.exit(3)", "raises SystemExit: 3 in line 2"),
        (
            "import surely_not_there.sub",
            "'surely_not_there', which is not installed; pip install surely_not_there",
        ),
        ("raise ModuleNotFoundError('x', name='torch')", "pip install 'hpt-tui[train]'"),
        ("def train(lr, width): return lr", "has no objective; it has train; define objective(trial)"),
        ("", "it has no function at all"),
        ("def a(trial): return 1\ndef b(trial): return 1", "several functions of a trial (a, b); say which"),
        ("objective = 3", "objective is an int, not a function"),
        ("def objective(): return 1", "objective takes no argument; an objective takes the trial"),
        ("def objective(a, b): return 1", "objective takes 2 arguments"),
        (specs(("a", "objective"), ("b", "other")), "declares several studies (A, B); say which: my_study.py:A"),
        (specs(("a", "gone")), "has no 'gone'; it has objective, other"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    line = refusal(write(tmp_path, text))
    assert line.startswith(str(tmp_path / "my_study.py"))
    assert words in line
    assert "my_study" not in sys.modules or "ValueError" not in words


def test_files_that_cannot_be_study_files(tmp_path: Path) -> None:
    assert refusal(str(tmp_path / "gone.py")) == f"{tmp_path / 'gone.py'}: there is no such file"
    assert "is a folder" in refusal(str(tmp_path))
    assert "is not a Python file" in refusal(write(tmp_path, "", "study.txt"))
    assert "rename it" in refusal(write(tmp_path, "", "optuna.py"))
    assert "has no 'nope'" in refusal(write(tmp_path, "def objective(trial): return 1.0") + ":nope")


def test_a_mistake_in_a_sibling_names_the_sibling(tmp_path: Path) -> None:
    write(tmp_path, "x = = 1", "broken_sibling.py")
    assert "broken_sibling.py" in refusal(write(tmp_path, "import broken_sibling"))
