"""From one phase of the study's plan to the next (G17, G3): the workers go there by themselves.

Whichever worker sees first that a phase is over begins the next one, for all; see :mod:`hpt_tui.store.phase_book`.
"""

from __future__ import annotations

import time
from dataclasses import replace

from filelock import Timeout
from optuna.study import Study

from hpt_tui.domain.phases.finish import runs_to_make
from hpt_tui.domain.phases.onward import USED_UP, next_steps, why_over
from hpt_tui.domain.phases.plan import PlanKind, SearchPlan
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trial_ledger import trials_of
from hpt_tui.store.batching import expire
from hpt_tui.store.control import StudyControl
from hpt_tui.store.phase_book import begin_phase
from hpt_tui.store.study_facts import SEEN, StudyFacts
from hpt_tui.store.translate import to_direction, to_row
from hpt_tui.store.validation import make_runs
from hpt_tui.worker.claim import Lock
from hpt_tui.worker.narration import say
from hpt_tui.worker.station import Station

DOING, VALIDATING = "beginning the next phase", "making the runs of the validation"


class Phases:
    """Begins the phases of one study's plan, for one worker. Between two trials only."""

    def __init__(
        self, study: Study, station: Station, control: StudyControl, lock: Lock, *, validating: bool = False
    ) -> None:
        """``validating``: the worker takes nothing but runs of the final validation, and begins no phase."""
        self._validating = validating
        self._study, self._station, self._control, self._lock = study, station, control, lock
        self._judged: tuple[int, int] | None = None
        """The phase and the number of finished trials that were judged last."""

    def follow(self) -> bool:
        """Begin the next phase if the one that is under way has settled, or somebody ordered so; whether it began,
        so that the orders are to be read again."""
        plan = self._station.orders.control.plan
        if self._validating or plan is None or plan.next is None or not self._may_be_over(plan):
            return False
        return self._station.patiently(lambda: self._begin(used_up=False), DOING)

    def use_up(self) -> bool:
        """The same once the trials of the phase are used up."""
        return self._station.patiently(lambda: self._begin(used_up=True), DOING)

    def validate(self) -> bool:
        """Once the last phase is the validation's (G28): make the runs that are missing; whether any was."""
        plan = self._station.orders.control.plan
        return plan is not None and plan.phase.validates and self._station.patiently(self._make_runs, VALIDATING)

    def _make_runs(self) -> bool:
        runs = runs_to_make(self._look())
        made = make_runs(self._study._storage, self._study._study_id, runs, time.time(), self._control.by)
        if made:
            say(f"{len(made)} runs of the final validation are to be made")
        return bool(made)

    def _may_be_over(self, plan: SearchPlan) -> bool:
        """A tier settles with a trial that ends: not every look needs all trials."""
        if plan.skip_ordered:
            return True
        if plan.kind is not PlanKind.STAGED:
            return False
        trials = self._study.get_trials(deepcopy=False)
        judged = plan.now.index, sum(t.state.is_finished() for t in trials)
        if judged == self._judged:
            return False
        self._judged = judged
        return True

    def _begin(self, *, used_up: bool) -> bool:
        # The clock before the orders: whatever is ordered after this look is newer than the phase.
        now = time.time()
        study = self._look()
        plan = study.control.plan
        if plan is None or plan.next is None:
            return False
        why = USED_UP if used_up else why_over(study, plan, now)
        if not why:
            return False
        steps = next_steps(study, plan, why, now)
        begun = replace(steps.begun, by=self._control.by)
        try:
            with self._lock():
                done = begin_phase(self._study._storage, self._study._study_id, begun, used_up=used_up)
        except Timeout:
            return False
        if done:
            changes = ", ".join(begun.changes) or steps.note or "the space stays"
            say(f"phase {plan.next.name}: {changes} ({plan.phase.name}: {why})")
        return done

    def _look(self) -> StudySnapshot:
        """The study as it is now: all that finished before this call is in it."""
        study, attributes = self._study, self._control.attributes()
        expire(study._storage)
        study._thread_local.cached_all_trials = None
        rows = [to_row(trial) for trial in study.get_trials(deepcopy=False)]
        facts = StudyFacts(study.study_name, "", tuple(map(to_direction, study.directions)), None, attributes)
        newest = (row.ranges for row in reversed(rows[-SEEN:]) if row.state is not TrialState.WAITING)
        return facts.snapshot(trials_of(rows), {}, facts.seen_space(newest))
