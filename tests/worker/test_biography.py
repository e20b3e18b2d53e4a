"""Issue 4, item 7: where a trial comes from, written down once a worker."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from hpt_tui.domain.provenance import Provenance, WorkerRun
from hpt_tui.store import keys
from hpt_tui.store.run_documents import decode_runs, encode_run
from hpt_tui.worker import biography
from hpt_tui.worker.biography import provenance


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=ann", "-c", "user.email=ann@box", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, "-C", str(folder), *arguments], check=True, capture_output=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A study file that is committed."""
    file = tmp_path / "train.py"
    file.write_text("def objective(trial): ...\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "train.py")
    git(tmp_path, "commit", "-qm", "one")
    return file


def test_the_commit_and_whether_anything_differs(file: Path) -> None:
    clean = provenance(file)
    assert (len(clean.commit), clean.dirty) == (40, False)
    assert clean.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert clean.code == f"train.py sha256 {clean.sha256[:8]}, commit {clean.commit[:8]}"
    file.write_text("def objective(trial): return 1\n")
    changed = provenance(file)
    assert (changed.commit, changed.dirty) == (clean.commit, True)
    assert changed.code.endswith("with changes")


def test_a_file_that_is_not_in_the_repository_is_a_change(file: Path) -> None:
    other = file.with_name("other.py")
    other.write_text("")
    assert provenance(other).dirty is True


def test_a_file_in_no_repository_has_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    found = provenance(tmp_path / "gone.py")
    assert (found.commit, found.dirty, found.sha256) == ("", None, "")


def test_without_git_or_with_one_that_hangs_the_commit_is_unknown(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert provenance(file).commit == ""
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent))
    monkeypatch.setattr(biography, "GIT_PATIENCE", 0.2)
    assert provenance(file).commit == ""


def test_versions_are_taken_down_and_nothing_is_imported_for_it(file: Path) -> None:
    code = (
        "import sys; from hpt_tui.worker.biography import provenance; from pathlib import Path; "
        f"print(provenance(Path({str(file)!r})).versions); assert not {{'torch', 'sklearn'}} & sys.modules.keys()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"python {sys.version.split()[0]}, ")
    assert "optuna " in done.stdout


def test_what_is_written_is_read_again_and_the_code_stands_there_once() -> None:
    shared = Provenance("/a/b.py", "f" * 64, "a" * 40, True, "3.11.4", "12.8", {"torch": "2.9", "optuna": "5.0"})
    runs = [
        WorkerRun(f"w{n}", "box", "gpu0", "NVIDIA H200", "GPU-1a2b", f"/l/{n}.log", f"/l/{n}.trials", 5.0, shared)
        for n in range(3)
    ]
    written = [document for run in runs for document in encode_run(run)]
    attributes: dict[str, object] = dict(written)
    assert len(attributes) == 4
    assert decode_runs(attributes) == {run.worker: run for run in runs}
    assert runs[0].place == "box gpu0 (NVIDIA H200, GPU-1a2b)"
    assert shared.versions == "python 3.11.4, torch 2.9 (cuda 12.8), optuna 5.0"


def test_what_another_version_wrote_is_left_out() -> None:
    odd = {f"{keys.RUN}w": {"host": 7, "provenance": "x"}, f"{keys.PROVENANCE}x": {"packages": [], "dirty": 1}}
    assert decode_runs(odd) == {"w": WorkerRun("w", "")}
    assert decode_runs({f"{keys.RUN}w": "text"}) == {}
