"""Workers as they are shown: those that hold a lease, and those that the study doesn't tell of."""

from __future__ import annotations

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.worker import Lease, WorkerState, WorkerView
from hpt_tui.supervisor.gpu import Slot


def bare_view(host: str, pid: int, slot: Slot, state: WorkerState, note: str = "") -> WorkerView:
    """A worker that has no lease: it has not written one yet, or will never again."""
    return WorkerView(f"{host}-{pid}", slot.index, host, pid, slot.device, state, note=note)


def leased_view(
    lease: Lease, study: StudySnapshot, state: WorkerState, silence: float, *, here: bool, note: str
) -> WorkerView:
    """A worker that has a lease, ``silence`` seconds after its last sign of life; ``here``: of this machine."""
    # The trials say it first: a lease is a moment behind them.
    running = study.trials_of_workers.get(lease.worker)
    number = lease.trial if running is None else running
    trial = study.by_number.get(number) if number is not None else None
    return WorkerView(
        lease.worker,
        lease.slot,
        lease.host,
        lease.pid,
        lease.device,
        state,
        trial=number,
        step=trial.last_step if trial is not None else None,
        pace=lease.pace,
        silent=silence,
        here=here,
        obeys=lease.seen >= study.control.stamp,
        note=note,
    )
