"""What a session does for a worker that it found dead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hpt_tui.domain.care import LOST, OUT_OF_MEMORY
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.worker import Lease

if TYPE_CHECKING:
    from hpt_tui.store.control import StudyControl


def see_off(
    control: StudyControl, study: StudySnapshot, lease: Lease, now: float, *, starved: bool = False
) -> None:
    """Fail what a dead worker left running, and take its lease away; ``study`` was read afterwards. ``starved``:
    the kernel killed it for want of memory."""
    # Watching takes no Optuna; burying does.
    from hpt_tui.store.burial import bury

    if lease in study.leases:
        bury(control, lease, _left_by(study, lease), now, OUT_OF_MEMORY if starved else LOST)
    # Else it gave a sign of life after all, or others were faster.


def _left_by(study: StudySnapshot, lease: Lease) -> set[int]:
    """Its trials by number, those included that failed: whoever buried it before us may have died over it."""
    trials = study.trials
    c, left = trials.columns, set() if lease.trial is None else {lease.trial}
    if lease.worker in c.worker_ids:
        its = c.workers == c.worker_ids.index(lease.worker)
        unsettled = trials.in_state(TrialState.RUNNING) | trials.in_state(TrialState.FAILED)
        left |= set(c.numbers[np.flatnonzero(its & unsettled)].tolist())
    return left
