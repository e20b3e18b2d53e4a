"""Another try for a trial that failed in a worker which lives to see it."""

from __future__ import annotations

import signal
import time

from optuna.trial import TrialState

from hpt_tui.domain.care import LOST
from hpt_tui.errors import HptError
from hpt_tui.store.burial import retry_if_due
from hpt_tui.store.control import StudyControl
from hpt_tui.worker.narration import say
from hpt_tui.worker.outcome import Outcome
from hpt_tui.worker.station import Station

TAKEN_AWAY = (128 + signal.SIGTERM, 128 + signal.SIGHUP)
"""The exit codes of a worker that the system, or a queue's scheduler, ends."""


def try_again(control: StudyControl, station: Station, number: int, ended: Outcome) -> None:
    """Let the trial, which has been told, wait once more if that is the study's policy. One that a signal ended,
    with no order behind it, was lost with this worker: its machine is being taken away."""
    if ended.state is not TrialState.FAIL or ended.diverged or not station.orders.care.retries:
        return
    ordered = station.orders.control.at_once or number in station.orders.control.kills
    lost = ended.exit_code in TAKEN_AWAY and not ordered
    try:
        made = retry_if_due(control, number, time.time(), LOST if lost else "")
    except (HptError, KeyError) as error:
        say(f"trial #{number} could not be given another try: {error}")
        return
    if made is not None:
        say(f"trial #{number} waits for another try as #{made}")
