"""What a worker runs, where and with what: found out aside, and written into the study once."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
import threading
import time
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from hpt_tui.domain.machine import GPU_VARIABLE
from hpt_tui.domain.provenance import Provenance, WorkerRun
from hpt_tui.domain.worker import Lease
from hpt_tui.errors import HptError
from hpt_tui.store.control import StudyControl
from hpt_tui.worker.trial_log import OutputFile

PACKAGES = (
    *("hpt-tui", "optuna", "numpy", "torch", "torchvision", "lightning", "pytorch-lightning", "transformers"),
    *("scikit-learn", "xgboost", "lightgbm", "catboost", "jax", "tensorflow", "keras"),
)
"""Whose versions are taken down, where they are installed."""
GIT_PATIENCE = 3.0
"""Seconds that Git has to answer: on a slow disk, or in a huge repository, the commit stays unknown."""
RETRY = 5.0
"""Seconds between two attempts to write to a storage that is away."""


class Biography(threading.Thread):
    """Finds it out and writes it, without keeping the first trial waiting; :meth:`close` gives up."""

    def __init__(self, control: StudyControl, lease: Lease, file: Path, output: OutputFile) -> None:
        super().__init__(name="hpt-biography", daemon=True)
        self._control, self._lease, self._file, self._output = control, lease, file, output
        self._closed = threading.Event()

    def run(self) -> None:
        run = _run(self._lease, self._output, provenance(self._file))
        while not self._closed.is_set():
            try:
                self._control.describe_run(run)
            except (HptError, KeyError):
                self._closed.wait(RETRY)
            else:
                return

    def close(self) -> None:
        self._closed.set()
        if self.is_alive():
            self.join(timeout=GIT_PATIENCE)


def _run(lease: Lease, output: OutputFile, found: Provenance) -> WorkerRun:
    gpu = os.environ.get(GPU_VARIABLE, "") if lease.device != "cpu" else ""
    return WorkerRun(
        *(lease.worker, lease.host, lease.device),
        gpu=gpu,
        gpu_uuid=os.environ.get("CUDA_VISIBLE_DEVICES", "") if gpu else "",
        log=output.log,
        index=output.index,
        at=time.time(),
        provenance=found,
    )


def provenance(file: Path) -> Provenance:
    """Of the study file and this Python. Nothing is imported for it."""
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        digest = ""
    commit, dirty = _commit(file)
    versions = {name: found for name in PACKAGES if (found := _version(name))}
    return Provenance(str(file), digest, commit, dirty, platform.python_version(), _cuda(), versions)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _cuda() -> str:
    """What torch was built for, as its own ``version.py`` says."""
    try:
        spec = find_spec("torch")
        text = Path(spec.origin).with_name("version.py").read_text() if spec and spec.origin else ""
    except (OSError, ValueError, ImportError):
        return ""
    found = re.search(r"^cuda\b[^=]*=\s*'([^']+)'", text, re.MULTILINE)
    return found[1] if found else ""


def _commit(file: Path) -> tuple[str, bool | None]:
    """The commit that the file's repository has checked out, and whether anything in it differs or the file is
    not in it."""
    told = _git(file.parent, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    found = re.search(r"^# branch\.oid ([0-9a-f]{40,64})$", told, re.MULTILINE)
    if found is None:
        return "", None
    changed = any(line and not line.startswith("#") for line in told.splitlines())
    return found[1], changed or not _git(file.parent, "ls-files", "--", file.name)


def _git(folder: Path, *arguments: str) -> str:
    """What Git says; empty where it isn't there, refuses, or takes too long."""
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=GIT_PATIENCE, check=False
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return ""
    return done.stdout if done.returncode == 0 else ""
