"""What is shipped: the wheel holds the demo's study and the screen's style sheet, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_demo_works_from_a_plain_install(wheel: zipfile.ZipFile) -> None:
    assert wheel.read("hpt_tui/studies/digits.py") == (ROOT / "studies" / "digits.py").read_bytes()


def test_everything_that_the_package_needs_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    here = {
        str(p.relative_to(ROOT)) for p in (ROOT / "hpt_tui").rglob("*") if p.suffix in (".py", ".tcss", ".typed")
    }
    assert here <= set(wheel.namelist())


def test_nothing_else_is(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"hpt_tui", next(t for t in tops if t.endswith(".dist-info"))}


def test_watching_needs_no_torch() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert not [d for d in project["dependencies"] if d.startswith(("torch", "scikit-learn"))]
    assert [d for d in project["optional-dependencies"]["train"] if d.startswith("torch>")]
