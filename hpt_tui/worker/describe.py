"""Saying what a study file declares, to a process that must not import it."""

from __future__ import annotations

from optuna.distributions import distribution_to_json

from hpt_tui.domain.description import Description
from hpt_tui.worker.objective import StudyFile, load_study_file


def describe(target: str) -> Description:
    """Import the study file ``target`` here and say what it declares.

    Raises:
        StudyFileError: it cannot be run.
    """
    return description_of(load_study_file(target))


def description_of(study_file: StudyFile) -> Description:
    spec = study_file.spec
    if spec is None:
        return Description(
            study_file.name,
            study_file.target,
            study_file.objective_name,
            ensemble=study_file.ensemble is not None,
        )
    return Description(
        name=spec.name,
        file=study_file.target,
        objective=study_file.objective_name,
        metric=spec.metric,
        direction=spec.direction,
        space={name: distribution_to_json(d) for name, d in spec.space.items()},
        baseline=dict(spec.baseline),
        steps=spec.steps,
        logs=spec.logs,
        strategy=spec.strategy,
        pruner=spec.pruner,
        seed=spec.seed,
        points={name: tuple(values) for name, values in spec.points.items()},
        retries=spec.retries,
        plan=spec.plan,
        declared=True,
        ensemble=study_file.ensemble is not None,
    )
