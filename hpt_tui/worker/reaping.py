"""Workers that look after each other: while no session is open, nobody else would miss a dead one."""

from __future__ import annotations

import time

from hpt_tui.domain.pulse import Pulse
from hpt_tui.store import keys
from hpt_tui.store.batching import expire
from hpt_tui.store.burial import bury, obituary, still_gone, trials_of
from hpt_tui.store.control import StudyControl
from hpt_tui.store.liveness import PROOF, gone
from hpt_tui.worker.narration import say

PERIOD = 5.0
"""Seconds between two looks at the others' leases: as often as they beat."""


class Reaper:
    """Buries dead workers of the same study. Of all that live only the first by name does, so that they don't all
    try at once; if that is the one that died, it is not among the living."""

    def __init__(self, control: StudyControl, worker: str) -> None:
        self._control, self._worker = control, worker
        self._pulse = Pulse()
        self._looked: float | None = None

    def look(self, attributes: keys.Attributes, now: float) -> None:
        """Look at the study's leases, at most every PERIOD; ``now`` is of the monotonic clock.

        Raises:
            StorageLostError: the storage is away; the next look goes on.
            KeyError: somebody deleted the study.
        """
        if self._looked is not None and now - self._looked < PERIOD:
            return
        self._looked = now
        leases = keys.decode_leases(attributes)
        silence = {lease.worker: self._pulse.unmoved(lease, now) for lease in leases}
        if min((w for w, silent in silence.items() if silent < PROOF), default="") != self._worker:
            return
        for lease in leases:
            if lease.worker == self._worker or not gone(lease, silence[lease.worker]):
                continue
            if still_gone(self._control, lease):
                expire(self._control.storage)
                failed = bury(self._control, lease, trials_of(self._control, lease), time.time())
                trials = "".join(f", trial #{number} failed" for number in failed)
                say(f"{obituary(lease)}{trials}")
