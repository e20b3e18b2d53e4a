"""Workers without processes, that search a study with a plan of phases: as many threads as a test wants."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from filelock import FileLock
from optuna.distributions import BaseDistribution, distribution_to_json
from optuna.study import Study, load_study
from optuna.trial import FrozenTrial, Trial, TrialState

from hpt_tui.domain.description import Description
from hpt_tui.domain.phases.plan import SearchPlan
from hpt_tui.domain.phases.wish import parse_plan
from hpt_tui.domain.space import ParamValue
from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.search.bounds import under_bound
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.batching import batched
from hpt_tui.store.connect import open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.create import create_study
from hpt_tui.store.plan_documents import decode_plan
from hpt_tui.store.tally import Room
from hpt_tui.worker.claim import Claims
from hpt_tui.worker.phasing import Phases
from hpt_tui.worker.station import Station, read_orders

Objective = Callable[[Mapping[str, ParamValue]], float]


class Phased:
    """A study of ``space`` with a plan, in ``address``."""

    def __init__(
        self,
        address: Address,
        folder: Path,
        space: Mapping[str, BaseDistribution],
        plan: str,
        *,
        baseline: Mapping[str, ParamValue] | None = None,
        budget: int | None = None,
    ) -> None:
        self.address, self.folder, self.space = address, folder, space
        declared = {name: distribution_to_json(d) for name, d in space.items()}
        self.description = Description(
            *("s", "s.py", "objective"), space=declared, baseline=baseline or {}, declared=True
        )
        self.study_id = create_study(address, self.description, plan=parse_plan(plan), budget=budget)
        self.storage = open_storage(address, writable=True)
        self.control = StudyControl(self.storage, self.study_id, "ann@lab")

    @property
    def plan(self) -> SearchPlan:
        found = decode_plan(self.control.attributes())
        assert found is not None
        return found

    def trials(self) -> list[FrozenTrial]:
        return self.storage.get_all_trials(self.study_id, deepcopy=False)

    def search(self, workers: int, objective: Objective, *, machines: int = 1) -> None:
        """Let so many workers search until nothing is left to do; those of one machine share a lock."""
        hands = [ThreadWorker(self, n, n % machines) for n in range(workers)]
        with ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(hand.run, objective) for hand in hands]:
                done.result(120)


class ThreadWorker:
    """Takes trials as a worker does, and draws their values at random from what is in force."""

    def __init__(self, phased: Phased, slot: int, machine: int = 0) -> None:
        storage = batched(open_storage(phased.address, writable=True))
        self.study: Study = load_study(study_name="s", storage=storage)
        self.name = f"w{slot}"
        self.control = StudyControl(storage, phased.study_id, f"{self.name}@m{machine}")
        self.station = Station(self.name)
        lock = FileLock(phased.folder / f"m{machine}.lock", thread_local=False)

        def locked() -> AbstractContextManager[object]:
            return lock.acquire(timeout=5, poll_interval=0.005) if machine >= 0 else nullcontext()

        self.locked = locked
        self.claims = Claims(self.study, self.name, self.station.patiently, locked)
        self.phases = Phases(self.study, self.station, self.control, locked)
        self.space = phased.space
        lease = Lease(self.name, f"m{machine}", "b", 1, 0.0, slot, "cpu", WorkerState.TRAINING, time.time())
        self.control.put_lease(replace(lease, boot=f"boot{machine}"))

    def run(self, objective: Objective) -> None:
        while True:
            taken = self.take()
            if taken is Room.USED_UP:
                if self.phases.validate():
                    continue
                return
            if isinstance(taken, Room):
                time.sleep(0.002)
                continue
            self.finish(taken, objective)

    def take(self) -> int | Room:
        """One turn of the worker's loop."""
        self.read()
        if self.phases.follow():
            return Room.TAKEN
        taken = self.claims.take()
        if taken is Room.PHASE_OVER:
            self.phases.use_up()
        return taken

    def finish(self, trial_id: int, objective: Objective) -> None:
        self.read()
        control = self.station.orders.control
        trial = Trial(self.study, trial_id)
        for name, fixed in control.fixed.items():
            trial._fixed_params = {name: fixed, **trial._fixed_params}
        params = {
            name: trial._suggest(name, under_bound(d, control.bounds.get(name))) for name, d in self.space.items()
        }
        self.study._storage.set_trial_state_values(trial_id, TrialState.COMPLETE, [objective(params)])

    def read(self) -> None:
        self.station.publish(read_orders(self.control.attributes()))


def phase_documents(attributes: keys.Attributes) -> list[str]:
    return sorted(key for key, value in attributes.items() if key.startswith("hpt:phase:") and value is not None)
