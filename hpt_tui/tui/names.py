"""The parameters of a study, in the one order in which every list of them has them."""

from __future__ import annotations

from hpt_tui.domain.snapshot import StudySnapshot


def parameters(study: StudySnapshot) -> tuple[str, ...]:
    """In the order in which they are suggested: the study file's, else the trials'; later ones come last."""
    names = dict.fromkeys(study.declared if study.from_file else ())
    for trial in study.trials:
        names.update(dict.fromkeys(trial.params))
    names.update(dict.fromkeys(study.declared))
    return tuple(names)
