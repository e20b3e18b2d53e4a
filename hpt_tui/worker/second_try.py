"""Another try for a trial that failed in a worker which lives to see it."""

from __future__ import annotations

import signal
import socket
import time
from dataclasses import replace

from optuna.trial import TrialState

from hpt_tui.domain.care import LOST, OUT_OF_MEMORY, Care, OnOom
from hpt_tui.domain.event import Event
from hpt_tui.domain.machine import EVERYTHING
from hpt_tui.errors import HptError
from hpt_tui.store.burial import retry_if_due
from hpt_tui.store.control import StudyControl
from hpt_tui.worker.narration import say
from hpt_tui.worker.out_of_memory import let_go_of_memory
from hpt_tui.worker.outcome import Outcome
from hpt_tui.worker.station import Station

TAKEN_AWAY = (128 + signal.SIGTERM, 128 + signal.SIGHUP)
"""The exit codes of a worker that the system, or a queue's scheduler, ends."""


def try_again(control: StudyControl, station: Station, number: int, ended: Outcome) -> bool:
    """Let the trial, which has been told, wait once more if that is the study's policy. One that a signal ended,
    with no order behind it, was lost with this worker: its machine is being taken away. Whether it
    waits."""
    care = station.orders.care
    if ended.how == OUT_OF_MEMORY:
        let_go_of_memory()
    if ended.state is not TrialState.FAIL or ended.diverged or care == Care():
        return False
    ordered = station.orders.control.at_once or number in station.orders.control.kills
    lost = ended.exit_code in TAKEN_AWAY and not ordered
    try:
        if ended.how == OUT_OF_MEMORY and care.on_oom is OnOom.PACK_LESS:
            _pack_less(control, station, number)
        made = retry_if_due(control, number, time.time(), LOST if lost else "")
    except (HptError, KeyError) as error:
        say(f"trial #{number} could not be given another try: {error}")
        return False
    if made is not None:
        say(f"trial #{number} waits for another try as #{made}")
    return made is not None


def _pack_less(control: StudyControl, station: Station, number: int) -> None:
    """One worker fewer on each GPU of this machine, and so a larger share of its memory for each."""
    host, now = socket.gethostname(), time.time()
    packing = station.orders.control.packing.get(host, EVERYTHING)
    if packing.per_gpu is None or packing.per_gpu == 1:
        say("there is no smaller packing than one worker a GPU")
        return
    # Of several that run out at once, each asks for the same.
    fewer = replace(packing, per_gpu=packing.per_gpu - 1, at=now)
    control.pack(host, fewer.gpus, fewer.per_gpu, now)
    before, after = packing.words, f"{fewer.words}, as #{number} ran out of memory"
    control.record(Event(now, "", "choose-gpus", host, before, after))
