"""A budget of steps is never used up where none is reported: the first complete trial then ends the search."""

from __future__ import annotations

import time

from optuna.study import Study
from optuna.trial import TrialState

from hpt_tui.domain.event import Event
from hpt_tui.domain.unreported import NO_STEPS, no_steps_text
from hpt_tui.errors import HptError
from hpt_tui.store.batching import expire
from hpt_tui.store.control import StudyControl
from hpt_tui.store.faults import storage_faults
from hpt_tui.worker.narration import say
from hpt_tui.worker.station import Station


class StepsMissing:
    """Looks at the end of each trial of one worker, on its main thread."""

    def __init__(self, study: Study, control: StudyControl, station: Station) -> None:
        self._study, self._control, self._station = study, control, station
        self._reported = False
        """Whether some trial of the study has."""

    def ended(self, number: int, state: TrialState) -> None:
        """Stop the search if trial ``number`` is complete, there is a budget of steps, and no trial of the study,
        running ones among them, has reported any."""
        budget = self._station.orders.step_budget
        if (
            self._reported
            or budget is None
            or state is not TrialState.COMPLETE
            or self._station.orders.control.stopping
        ):
            return
        try:
            self._reported = self._any_reported()
            if self._reported:
                return
            text, now = no_steps_text(number, budget.steps), time.time()
            self._control.stop(True, now)
            self._control.record(Event(now, "", NO_STEPS, after=text))
        except HptError as error:
            say(f"whether steps are reported could not be seen: {error.line}")
            return
        say(text)

    def _any_reported(self) -> bool:
        storage = self._study._storage
        expire(storage)
        with storage_faults("the study"):
            trials = storage.get_all_trials(self._study._study_id, deepcopy=False)
        return any(trial.intermediate_values for trial in trials)
