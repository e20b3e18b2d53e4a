"""A real search: the processes that it consists of, started and found again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from hpt_tui.store.address import Address
from tests.tmux import Tmux, has_tmux

ROOT = Path(__file__).parents[2]
NAME = "digits"
EPOCHS = 6
WORKERS = 4

NETWORK = f"""
import dataclasses

from studies import digits

digits.EPOCHS = {EPOCHS}
STUDY = dataclasses.replace(digits.STUDY, steps={EPOCHS})
objective = digits.objective
"""
"""The example's network, which takes seconds to start: for the long storm."""
STEPS = f"""
import time

import optuna
from optuna.distributions import FloatDistribution

import hpt_tui

STUDY = hpt_tui.StudySpec(
    name="{NAME}",
    metric="val_acc",
    direction="maximize",
    space={{"lr": FloatDistribution(1e-5, 1e-3, log=True)}},
    baseline={{"lr": 3e-4}},
    steps={EPOCHS},
)


def objective(trial):
    lr, best = STUDY.suggest(trial)["lr"], 0.0
    for epoch in range({EPOCHS}):
        time.sleep(0.2)
        best = lr * (1 + epoch)
        trial.report(best, epoch)
        hpt_tui.log(epoch, train_loss=-best)
        if trial.should_prune():
            raise optuna.TrialPruned
    return best
"""
"""The same without a network: for the short one."""


@dataclass
class Search:
    """A few epochs of what ``code`` trains (NETWORK, STEPS), by four workers, with ``run --headless`` and a screen
    over them.

    ``budget`` is what the next supervisor is told; ``said`` counts how supervisors ended.
    """

    folder: Path
    address: Address
    environment: Mapping[str, str]
    code: str = NETWORK
    budget: int = 0
    supervisor: subprocess.Popen[bytes] | None = None
    screen: Tmux | None = None
    ended: dict[str, int] = field(default_factory=dict)
    _started: int = 0

    def __post_init__(self) -> None:
        self.file = self.folder / "few_digits.py"
        self.file.write_text(self.code)
        own = {"HPT_TUI_STATE_DIR": str(self.folder / "state"), "PYTHONPATH": str(ROOT)}
        self._environment = {**os.environ, **own, **self.environment}

    # Processes

    def start_supervisor(self) -> None:
        self._started += 1
        argv = [*self._command(), "--headless"]
        with self._log("out").open("wb") as out, self._log("err").open("wb") as err:
            self.supervisor = subprocess.Popen(
                argv, env=self._environment, cwd=self.folder, stdout=out, stderr=err, start_new_session=True
            )

    def start_screen(self) -> None:
        """A screen over the same search in a terminal, where there is tmux."""
        if has_tmux():
            self.screen = Tmux(self.folder, self._environment, *self._command()[3:])

    def supervised(self) -> bool:
        """Whether the supervisor lives. How it ended is taken down."""
        if self.supervisor is None:
            return False
        code = self.supervisor.poll()
        if code is not None:
            self.supervisor = None
            how = f"exit code {code}" if code >= 0 else f"signal {-code}"
            self.ended[how] = self.ended.get(how, 0) + 1
        return code is None

    def shown(self) -> bool:
        """Whether the screen lives."""
        return self.screen is not None and _lives(self.screen.pid)

    def workers(self) -> list[psutil.Process]:
        """The worker processes of the search, by pid, whoever knows of them."""
        found = []
        for process in psutil.process_iter(["cmdline", "status"]):
            words = process.info["cmdline"] or []
            if "worker" in words and str(self.file) in words and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
        return sorted(found, key=lambda process: process.pid)

    def victims(self, kind: str) -> list[psutil.Process]:
        """The living processes of that kind: ``worker``, ``supervisor`` or ``screen``."""
        if kind == "worker":
            return self.workers()
        if kind == "screen":
            return [psutil.Process(self.screen.pid)] if self.screen is not None and self.shown() else []
        return [psutil.Process(self.supervisor.pid)] if self.supervised() and self.supervisor is not None else []

    def end(self) -> None:
        """Kill whatever is left."""
        if self.screen is not None:
            self.screen.kill()
        if self.supervisor is not None:
            self.supervisor.kill()
            self.supervisor.wait()
        for process in self.workers():
            process.kill()

    # What they said

    def reason(self) -> str:
        """Why the newest supervisor says that the search ended; empty if it says nothing of the kind."""
        lines = self._log("out").read_text().splitlines() if self._started else []
        last = json.loads(lines[-1]) if lines and lines[-1].startswith("{") and lines[-1].endswith("}") else {}
        return str(last.get("reason", "")) if last.get("type") == "end" else ""

    def tracebacks(self) -> list[str]:
        """The files in which a program of ours says that it came to a bad end."""
        logs = [*self.folder.glob("supervisor*.err"), *self.folder.glob("state/logs/*/*.log")]
        return [str(log) for log in logs if "Traceback (most recent call last)" in log.read_text(errors="replace")]

    def _command(self) -> list[str]:
        run = ["run", str(self.file), "--storage", self.address.url, "--workers", str(WORKERS)]
        run += ["--trials", str(self.budget)]
        return [sys.executable, "-m", "hpt_tui", *run]

    def _log(self, suffix: str) -> Path:
        return self.folder / f"supervisor{self._started}.{suffix}"


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
