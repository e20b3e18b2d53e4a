"""What a study's own trials tell of how its search was declared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hpt_tui.domain.lint.declared import NO_PRUNER, Declared
from hpt_tui.domain.lint.thresholds import DEFAULT_LIMITS
from hpt_tui.domain.method import Method, Pruning
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.space import ParamValue, Range
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trials import Mark


def declared_by(study: StudySnapshot) -> Declared:
    """What a study tells of its search. Optuna keeps neither sampler nor pruner: they are known of hpt-tui's own
    studies, and in others many reported trials without a pruned one tell that no pruner is at work."""
    ours, method = bool(study.study_file), study.method or Method()
    return Declared(
        space=_space(study),
        baseline=_baseline(study, ours=ours),
        strategy=method.strategy.kind if ours else None,
        pruner=pruner_word(method) if ours else _pruner_seen(study),
        points=study.points,
        trials=study.budget,
        steps=study.steps,
    )


def _space(study: StudySnapshot) -> Mapping[str, Range]:
    """The ranges in force; of what a phase has narrowed round the best trials, those of the code."""
    plan = study.control.plan
    narrowed = {name for begun in plan.begun for name in begun.bounds} if plan is not None else set()
    return {n: study.declared.get(n, r) if n in narrowed else r for n, r in study.space.items()}


def pruner_word(method: Method) -> str:
    """The pruner's name, as lint knows it."""
    return NO_PRUNER if method.pruner is Pruning.NONE else method.pruner.value


def _baseline(study: StudySnapshot, *, ours: bool) -> dict[str, ParamValue] | None:
    places = np.flatnonzero(study.trials.marked(Mark.BASELINE))
    if not len(places):
        return {} if ours else None
    # One that waits has no parameters yet.
    return dict(study.trials[int(places[0])].params) or None


def _pruner_seen(study: StudySnapshot) -> str | None:
    trials = study.trials
    complete = trials.in_state(TrialState.COMPLETE) & (trials.columns.steps > 1)
    if int(np.count_nonzero(complete)) < DEFAULT_LIMITS.unpruned or trials.in_state(TrialState.PRUNED).any():
        return None
    return NO_PRUNER
