"""How a worker process of a study is started on this machine."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from hpt_tui.config import LOG_VARIABLE, state_dir
from hpt_tui.store.liveness import process_started
from hpt_tui.supervisor.crewed import Crewed
from hpt_tui.supervisor.gpu import Slot
from hpt_tui.supervisor.log_tidying import tidy
from hpt_tui.supervisor.process import Child, Orphan

STORAGE_VARIABLE = "HPT_TUI_STORAGE"
"""The storage's URL reaches a worker by its environment: an argument would show its password to ``ps``."""


@dataclass(frozen=True, slots=True)
class LocalLauncher:
    """Starts ``hpt-tui worker`` for one study; its output goes to a log file of its own in the state folder."""

    target: str
    """``FILE.py`` or ``FILE.py:objective``."""
    url: str
    study: str
    validating: bool = False
    """Whether the worker takes nothing but runs of the final validation."""

    @property
    def log_folder(self) -> Path:
        """Where the logs of this study's workers are. Its name gives nothing of the URL away."""
        digest = hashlib.sha256(f"{self.url}\n{self.study}".encode()).hexdigest()[:12]
        name = "".join(c if c.isalnum() or c in "-_." else "_" for c in self.study)[:60]
        return state_dir() / "logs" / f"{name}-{digest}"

    def __call__(self, slot: Slot) -> Child:
        """Start a worker in ``slot``.

        Raises:
            OSError: it could not be started, or its log file not be made.
        """
        folder = self.log_folder
        folder.mkdir(parents=True, exist_ok=True)
        now = time.time()
        moment = f"{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}-{int(now % 1 * 1000):03}"
        log = folder / f"{moment}-{slot.index}.log"
        tidy(folder.parent)
        argv = [sys.executable, *self._words, "--slot", str(slot.index), "--device", slot.device]
        return Child(argv, log, {**dict(slot.environment), STORAGE_VARIABLE: self.url, LOG_VARIABLE: str(log)})

    def at_work(self, now: float) -> Iterator[Crewed]:
        """The workers of this study that live on this machine, whoever started them as we do; ``now`` is when they
        are found, by the fleet's clock."""
        count = len(self._words)
        for process in psutil.process_iter(["cmdline"]):
            words = (process.info["cmdline"] or [])[1:]
            if words[:count] != self._words or len(words) != count + 4:
                continue
            try:
                url = process.environ().get(STORAGE_VARIABLE)
            except psutil.Error:
                continue
            _, index, _, device = words[count:]
            if url == self.url:
                slot = Slot(int(index), device)
                yield Crewed(slot, Orphan(process.pid, process_started(process.pid)), now)

    @property
    def _words(self) -> list[str]:
        """What follows the interpreter on a worker's command line, before its slot."""
        words = ["-P", "-m", "hpt_tui", "worker", self.target, "--study", self.study]
        return [*words, "--validating"] if self.validating else words
