"""How a trial ended, and telling it to the study."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from optuna.exceptions import TrialPruned, UpdateFinishedTrialError
from optuna.study import Study
from optuna.study._tell import _check_values_are_feasible, _tell_with_warning
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.care import ERROR, OUT_OF_MEMORY
from hpt_tui.domain.event import Event
from hpt_tui.errors import DivergedError, HptError
from hpt_tui.store import keys
from hpt_tui.store.control import StudyControl
from hpt_tui.worker.narration import in_words, say
from hpt_tui.worker.out_of_memory import ran_out_of_memory
from hpt_tui.worker.patience import Patience
from hpt_tui.worker.signals import Cause
from hpt_tui.worker.station import RunningTrial
from hpt_tui.worker.user_code import Returned, attempt

LONGEST_TEXT = 1000

OBEYED, INTERRUPTED = "obeyed at its next report", "interrupted by a signal"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial ended. ``how`` and ``text`` go into the trial as its reason; empty for an ordinary end."""

    state: TrialState
    values: tuple[float, ...] | None = None
    how: str = ""
    text: str = ""
    exit_code: int | None = None
    """The worker ends with it after telling."""
    came: str = ""
    """How the order to end it was obeyed, in words; empty where there was none."""
    diverged: bool = False
    """Whether the objective ran to its end and returned NaN: a bad trial, no broken code."""
    trace: str = field(default="", compare=False)
    """The traceback, where there is one."""

    @property
    def broken(self) -> bool:
        """Whether the code raised, or returned what is no value."""
        return self.how in (ERROR, OUT_OF_MEMORY) and not self.diverged


def of_value(study: Study, value: object) -> Outcome:
    """By Optuna's own rules, what an objective may return: as many numbers as directions, none of them NaN."""
    judged = attempt(lambda: _judged(study, value))
    if isinstance(judged, Returned):
        return judged.value
    # A tensor of many elements and the like: their own __float__ raises what Optuna doesn't expect.
    name = type(value).__name__
    article = "an" if name[:1].lower() in "aeiou" else "a"
    return _failed(f"returned {article} {name}, which is no number ({in_words(judged.error)})")


def _judged(study: Study, value: object) -> Outcome:
    values: list[float] = list(value) if isinstance(value, Sequence) else [value]  # type: ignore[list-item]
    problem = "None" if value is None else _check_values_are_feasible(study, values)
    if problem is None:
        return Outcome(TrialState.COMPLETE, tuple(float(v) for v in values))
    diverged = _diverged(values)
    return _failed(f"returned {'NaN' if diverged and len(values) == 1 else problem}", diverged=diverged)


def _diverged(values: Sequence[object]) -> bool:
    """Whether all are numbers, and one is NaN."""
    try:
        nan = [math.isnan(v) for v in values]  # type: ignore[arg-type]
    except TypeError:
        return False
    return any(nan)


def _failed(text: str, *, diverged: bool = False) -> Outcome:
    return Outcome(TrialState.FAIL, how=ERROR, text=text[:LONGEST_TEXT], diverged=diverged)


def of_error(error: BaseException, running: RunningTrial, order: Cause | None) -> Outcome:
    """What the objective raised; ``order`` is the order to end the trial, if there is one."""
    if isinstance(error, TrialPruned):
        if order is None or not running.obeyed:
            return Outcome(TrialState.PRUNED)
        return replace(of_cause(order), came=OBEYED)
    if ran_out_of_memory(error):
        return replace(_failed(f"out of memory: {in_words(error)}"), how=OUT_OF_MEMORY)
    return _failed(in_words(error), diverged=isinstance(error, DivergedError))


def of_cause(cause: Cause) -> Outcome:
    code = cause.exit_code
    if code is not None and not cause.ordered:
        return Outcome(TrialState.FAIL, how=keys.INTERRUPTED, text=cause.text, exit_code=code)
    if cause.discard:
        return Outcome(TrialState.FAIL, None, keys.DISCARDED, cause.text, code, INTERRUPTED)
    return Outcome(TrialState.PRUNED, None, keys.PRUNED, cause.text, code, INTERRUPTED)


def write_down(control: StudyControl, number: int, outcome: Outcome) -> None:
    """Say in the journal how an order to end the trial was obeyed; the search goes on without it if that fails."""
    if not outcome.came:
        return
    event = Event(time.time(), "", "ended", f"#{number}", "", f"{outcome.text}: {outcome.came}")
    try:
        control.record(event)
    except HptError as error:
        say(error.line)


def tell(study: Study, running: RunningTrial, outcome: Outcome, patiently: Patience) -> bool:
    """Write the outcome into the study, through outages of hours; False if somebody else had ended the trial
    from outside, which is then left as it is.

    Raises:
        StorageLostError: the storage stayed away; the trial stays RUNNING.
    """
    doing = f"telling trial #{running.number}"
    storage, trial_id = study._storage, running.trial_id
    end: dict[str, object] | None = {"how": outcome.how, "text": outcome.text} if outcome.how else None
    if end is not None and outcome.diverged:
        # Whoever buries this worker is not to give it another try.
        end[keys.DIVERGED] = True
    if end is not None:
        try:
            patiently(lambda: storage.set_trial_user_attr(trial_id, keys.TRIAL_END, end), doing)
        except (UpdateFinishedTrialError, KeyError):
            return False
    try:
        patiently(lambda: _tell(study, running.number, outcome), doing)
    except (UpdateFinishedTrialError, ValueError, KeyError):
        stored = _stored(study, trial_id, patiently)
        if stored is not None and not stored.state.is_finished():
            raise
        # The end is ours also when the write got through and only its answer was lost.
        return (
            stored is not None and stored.state is outcome.state and stored.user_attrs.get(keys.TRIAL_END) == end
        )
    return True


def _tell(study: Study, number: int, outcome: Outcome) -> None:
    _tell_with_warning(
        study=study, trial=number, value_or_values=outcome.values, state=outcome.state, suppress_warning=True
    )


def _stored(study: Study, trial_id: int, patiently: Patience) -> FrozenTrial | None:
    """The trial as it stands in the storage; None if it is gone."""
    try:
        return patiently(lambda: study._storage.get_trial(trial_id), "reading the trial")
    except KeyError:
        return None
