"""How far a plan has come, by the trials of the study: nothing of it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hpt_tui.domain import figures
from hpt_tui.domain.candidates import lost, validated
from hpt_tui.domain.phases.plan import VALIDATE, Begun, PlannedPhase, SearchPlan
from hpt_tui.domain.progress import finished, progress
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialRow
from hpt_tui.domain.trials import Mask


class PhaseState(StrEnum):
    DONE = "done"
    NOW = "now"
    """Its trials run, or would if the study did."""
    TO_COME = "to come"


@dataclass(frozen=True, slots=True)
class PhaseView:
    """One phase as it stands."""

    phase: PlannedPhase
    state: PhaseState
    done: int
    """Trials that have used up one of its places."""
    size: int
    """How many there are to be; of a phase that is over, how many there were."""
    begun: Begun | None = None
    best: float | None = None
    """The best value among its trials."""
    best_number: int | None = None
    seconds: float | None = None
    """From its first trial's start to its last end, or until now."""
    changes: tuple[str, ...] = ()
    """What it put in force, in words."""
    why_over: str = ""

    @property
    def words(self) -> str:
        """``refine 23/50``."""
        return f"{self.phase.name} {self.done}/{self.size}"


def phase_of(plan: SearchPlan, row: TrialRow) -> str:
    """The name of the phase that a trial belongs to: by its number, and of a run of the validation by that."""
    if row.validates is not None:
        return next((phase.name for phase in plan.phases if phase.validates), VALIDATE)
    searches = (b for b in reversed(plan.begun) if not plan.phases[b.index].validates)
    begun = next((b for b in searches if b.first <= row.number), plan.begun[0])
    return plan.phases[begun.index].name


@dataclass(frozen=True, slots=True)
class Course:
    """The phases of a plan, and how long they will take."""

    views: tuple[PhaseView, ...]
    eta: float | None
    """Seconds until the phase that is under way is over, at the present rate; None where unknown."""
    plan_eta: float | None
    """Seconds until the last one is."""

    @property
    def now(self) -> PhaseView | None:
        return next((view for view in self.views if view.state is PhaseState.NOW), None)

    @property
    def over(self) -> bool:
        return all(view.state is PhaseState.DONE for view in self.views)


def course(study: StudySnapshot, now: float) -> Course | None:
    """The study's plan at ``now`` (epoch seconds); None without one."""
    plan = study.control.plan
    if plan is None:
        return None
    used = finished(study)
    views = tuple(_view(study, plan, place, used, now) for place in range(len(plan.phases)))
    rate = progress(study, now).per_minute
    left = [max(0, view.size - view.done) for view in views if view.state is not PhaseState.DONE]
    going = not (study.control.paused or study.control.stops_by(now))
    if not rate or not left or not going:
        return Course(views, None, None)
    return Course(views, left[0] * 60 / rate, sum(left) * 60 / rate)


def eta_words(study: StudySnapshot, now: float) -> str:
    """``18 min``; with a plan that of the phase and that of the whole: ``18 min, plan 2 h 05``. Empty where it is
    unknown."""
    seen = course(study, now)
    if seen is None:
        eta = progress(study, now).eta
        return "" if eta is None else figures.about(eta)
    if seen.eta is None or seen.plan_eta is None:
        return ""
    whole = f", plan {figures.about(seen.plan_eta)}" if seen.plan_eta > seen.eta else ""
    return f"{figures.about(seen.eta)}{whole}"


def under_way(study: StudySnapshot) -> str:
    """``refine 23/50``; empty without a plan, and once it is over."""
    seen = course(study, 0.0)
    return seen.now.words if seen is not None and seen.now is not None else ""


def _view(study: StudySnapshot, plan: SearchPlan, place: int, used: int, now: float) -> PhaseView:
    phase = plan.phases[place]
    if place >= len(plan.begun):
        return PhaseView(phase, PhaseState.TO_COME, 0, phase.trials)
    begun = plan.begun[place]
    later = plan.begun[place + 1] if place + 1 < len(plan.begun) else None
    until = _searched_until(plan, place)
    done = max(0, (used if until is None else min(used, until.after)) - begun.after)
    done, size = _validated(study, phase) if phase.validates else (done, _size(study, plan, place))
    # With a larger budget the last phase of the search goes on after its validation.
    if until is None and done < size:
        state = PhaseState.NOW
    else:
        state = PhaseState.DONE if later is not None or plan.next is None else PhaseState.NOW
    value, number, seconds = _found(study, _own(study, plan, place), now, going=state is PhaseState.NOW)
    shown = size if until is None else done
    why = later.why if later is not None and state is PhaseState.DONE else ""
    return PhaseView(phase, state, done, shown, begun, value, number, seconds, plan.changes(place), why)


def _searched_until(plan: SearchPlan, place: int) -> Begun | None:
    """What began after the phase and took the search over from it; the validation does not."""
    later = plan.begun[place + 1] if place + 1 < len(plan.begun) else None
    return None if later is None or plan.phases[later.index].validates else later


def _size(study: StudySnapshot, plan: SearchPlan, place: int) -> int:
    """The last phase of the search has what is left of the budget."""
    phase, begun = plan.phases[place], plan.begun[place]
    last = place + 1 == len(plan.phases) or plan.phases[place + 1].validates
    if phase.validates or not last or study.budget is None:
        return phase.trials
    return max(0, study.budget - begun.after)


def _validated(study: StudySnapshot, phase: PlannedPhase) -> tuple[int, int]:
    """How many runs have told something, and how many there are: those of the default configuration, too."""
    runs = [run for one in validated(study) for run in one.runs]
    return sum(run.state.finished and not lost(run) for run in runs), len(runs) or phase.trials


def _own(study: StudySnapshot, plan: SearchPlan, place: int) -> Mask:
    begun = plan.begun[place]
    later = _searched_until(plan, place)
    numbers = study.trials.columns.numbers
    own: Mask = (numbers >= begun.first) & ~study.trials.validating
    if plan.phases[place].validates:
        return study.trials.validating
    return own if later is None else own & (numbers < later.first)


def _found(
    study: StudySnapshot, own: Mask, now: float, *, going: bool
) -> tuple[float | None, int | None, float | None]:
    c = study.trials.columns
    ranked = study.ranked.places
    best = ranked[own[ranked]][:1]
    value = float(c.values[best[0], 0]) if len(best) else None
    number = int(c.numbers[best[0]]) if len(best) else None
    starts, ends = c.started[own], c.ended[own]
    if not len(starts) or np.isnan(starts).all():
        return value, number, None
    running = bool(np.isnan(ends[~np.isnan(starts)]).any())
    until = now if (going and running) or np.isnan(ends).all() else float(np.nanmax(ends))
    return value, number, max(0.0, until - float(np.nanmin(starts)))
