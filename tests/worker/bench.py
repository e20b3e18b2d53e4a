"""Real worker processes on a real study, for tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.description import Description
from hpt_tui.domain.event import Event
from hpt_tui.domain.snapshot import Halt, StudySnapshot
from hpt_tui.domain.worker import Lease
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.connect import open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.create import create_study
from hpt_tui.store.reader import open_reader
from tests.waiting import eventually
from tests.worker.nursery import ROOT as ROOT
from tests.worker.nursery import Forked, Start, shared

STUDIES = Path(__file__).parent.parent / "studies"

Found = TypeVar("Found")

NAME = "bench"


@dataclass
class Bench:
    """A study of its own in ``address``, and the workers that the test starts on it."""

    address: Address
    folder: Path
    processes: list[Forked] = field(default_factory=list)

    def create(self, file: Path, description: Description | None = None, *, budget: int | None = None) -> None:
        described = description or Description(NAME, str(file), "objective")
        self.study_id = create_study(self.address, described, name=NAME, budget=budget)
        self.storage: BaseStorage = open_storage(self.address, writable=True)
        self.control = StudyControl(self.storage, self.study_id, "ann@lab")

    def start(
        self,
        file: Path,
        *,
        slot: int = 0,
        torch: bool = False,
        host: str = "",
        changes: Mapping[str, float] | None = None,
    ) -> Forked:
        """A worker process, which must not import what it has no need of; ``torch`` says that the file has. On a
        machine called ``host``, if it says so, which shares no lock with others, and with other constants, by
        their full names."""
        elsewhere = {"HPT_TUI_STATE_DIR": str(self.folder / host)} if host else {}
        self._log(len(self.processes)).touch()
        strangers = ("textual", "hpt_tui.supervisor", "hpt_tui.session", *(() if torch else ("torch", "rich")))
        process = shared().start(
            Start(
                {"target": str(file), "storage": self.address.url, "study": NAME, "slot": slot},
                str(self._log(len(self.processes))),
                {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **elsewhere},
                host,
                changes or {},
                strangers,
                str(Path.cwd()),
            )
        )
        self.processes.append(process)
        return process

    def said(self, index: int = 0) -> str:
        """What a worker wrote so far."""
        return self._log(index).read_text()

    def ended(self, process: Forked, seconds: float = 60.0) -> int:
        """Its exit code, once it has ended."""
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(self.said(self.processes.index(process))) from None

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self.storage.get_all_trials(self.study_id, deepcopy=False, states=states or None)

    def seen(self) -> StudySnapshot:
        """The study as a session sees it."""
        reader = open_reader(self.address, NAME)
        try:
            return reader.poll()
        finally:
            reader.close()

    def running(self, steps: int = 1) -> FrozenTrial:
        """The first trial that runs and has reported ``steps`` values, once there is one."""
        return self._until(
            lambda: next((t for t in self.trials(TrialState.RUNNING) if len(t.intermediate_values) >= steps), None)
        )

    def finished(self, count: int) -> list[FrozenTrial]:
        """The finished trials, once there are ``count``."""

        def enough() -> list[FrozenTrial] | None:
            done = [t for t in self.trials() if t.state.is_finished()]
            return done if len(done) >= count else None

        return self._until(enough)

    def lease(self, wanted: Callable[[Lease], bool] = lambda lease: True) -> Lease:
        """The first worker's lease, once it is as ``wanted``."""
        return self._until(
            lambda: next((x for x in keys.decode_leases(self.control.attributes()) if wanted(x)), None)
        )

    def halt(self) -> Halt:
        """Why a worker paused the study, once one did."""
        return self._until(lambda: self.seen().control.halt)

    def events(self, count: int) -> tuple[Event, ...]:
        """The journal, once it has ``count`` entries."""
        return self._until(lambda: events if len(events := self.seen().events) >= count else None)

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _until(self, condition: Callable[[], Found | None]) -> Found:
        try:
            return cast("Found", eventually(condition))
        except AssertionError as error:
            logs = "\n".join(self.said(i) for i in range(len(self.processes)))
            raise AssertionError(f"{error}\n{logs}") from None

    def _log(self, index: int) -> Path:
        return self.folder / f"worker{index}.log"


def described(target: str) -> subprocess.CompletedProcess[str]:
    """What ``python -m hpt_tui.worker describe`` answers."""
    return subprocess.run(
        [sys.executable, "-m", "hpt_tui.worker", "describe", target],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


def end_of(trial: FrozenTrial) -> tuple[str, str]:
    """How and why the trial ended, as the worker wrote it."""
    end = trial.user_attrs.get(keys.TRIAL_END)
    return (str(end["how"]), str(end["text"])) if isinstance(end, dict) else ("", "")


def now() -> float:
    return time.time()
