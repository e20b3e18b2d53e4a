"""When a worker gives up because its trials keep failing."""

from __future__ import annotations

from optuna.trial import TrialState

from hpt_tui.worker.outcome import Outcome

AT_FIRST, WINDOW = 3, 60.0
"""So many errors in a row within so many seconds, and no trial finished yet: the code is broken."""
IN_A_ROW = 10
"""So many errors without a finished trial between them: something broke later."""


class CrashGuard:
    """Counts the errors of one worker's trials since the last that finished (completed or was pruned).

    A diverged trial (NaN) neither counts nor breaks the row: the code ran to its end.
    """

    def __init__(self) -> None:
        self._any_finished = False
        self._errors: list[float] = []

    def ended(self, outcome: Outcome, now: float) -> str:
        """Take down how a trial ended; why the worker should give up, empty if it should go on."""
        if outcome.state is not TrialState.FAIL:
            self._any_finished = True
            self._errors.clear()
        if outcome.how != "error" or outcome.diverged:
            return ""
        self._errors.append(now)
        last = f"the last one with {outcome.text}"
        if len(self._errors) >= IN_A_ROW:
            return f"{IN_A_ROW} trials failed in a row, {last}"
        quick = len(self._errors) >= AT_FIRST and now - self._errors[-AT_FIRST] < WINDOW
        if quick and not self._any_finished:
            return f"{AT_FIRST} trials failed within {WINDOW:.0f} s and none has finished before, {last}"
        return ""
