"""Where a trial comes from: the machine, the GPU, the code and the packages that it ran with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Provenance:
    """The code and the packages of a worker, the same for all workers that ran the same. All text is hostile."""

    file: str = ""
    """The absolute path of the study file."""
    sha256: str = ""
    """Of the study file as the worker imported it; empty where it could not be read."""
    commit: str = ""
    """What its Git repository had checked out; empty where it is in none."""
    dirty: bool | None = None
    """Whether that repository differed from the commit, or the file was not in it; None without a commit."""
    python: str = ""
    cuda: str = ""
    """Which one torch was built for; empty without torch, or with one for the CPU."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Name -> version."""

    @property
    def code(self) -> str:
        """``train.py sha256 0c3e1f22, commit 4f1c9d0e with changes``."""
        name = self.file.rpartition("/")[2]
        changes = {True: " with changes", False: "", None: ""}[self.dirty]
        parts = [f"sha256 {self.sha256[:8]}" if self.sha256 else "", f"commit {self.commit[:8]}{changes}"]
        return f"{name} {', '.join(p for p in (parts if self.commit else parts[:1]) if p)}".strip()

    @property
    def versions(self) -> str:
        """``python 3.11.4, optuna 5.0.0, torch 2.9.1 (cuda 12.8)``."""
        cuda = f" (cuda {self.cuda})" if self.cuda else ""
        named = [f"{name} {version}{cuda if name == 'torch' else ''}" for name, version in self.packages.items()]
        return ", ".join([f"python {self.python}", *named] if self.python else named)


@dataclass(frozen=True, slots=True)
class WorkerRun:
    """One worker process, from its start to its end. All text is hostile."""

    worker: str
    host: str
    device: str = ""
    """``cpu``, ``gpu0``."""
    gpu: str = ""
    """What the GPU is called; empty without one."""
    gpu_uuid: str = ""
    log: str = ""
    """Where its output goes, a path on ``host``; empty where nobody keeps it (a terminal)."""
    index: str = ""
    """Which part of the log is which trial's: a path on ``host``; empty where there is none."""
    at: float = 0.0
    """When it was written down, epoch seconds."""
    provenance: Provenance = Provenance()

    @property
    def place(self) -> str:
        """``gpubox gpu0 (NVIDIA H200, GPU-1a2b3c4d)``."""
        gpu = ", ".join(part for part in (self.gpu, self.gpu_uuid[:12]) if part)
        return " ".join(part for part in (self.host, self.device, f"({gpu})" if gpu else "") if part)
