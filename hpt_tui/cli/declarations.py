"""Where declared searches come from: a study file, a storage, or a W&B sweep."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hpt_tui.domain.figures import plain
from hpt_tui.domain.lint.declared import NO_PRUNER, Declared
from hpt_tui.domain.lint.finding import Finding, Level
from hpt_tui.domain.lint.of_study import declared_by, pruner_word
from hpt_tui.domain.method import Method, wish
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.sweep import Remark, Sweep
from hpt_tui.errors import InputError, StudyFileError


class Origin(StrEnum):
    """What declared the search."""

    STUDY_FILE = "study file"
    STUDY = "study"
    SWEEP = "sweep"


@dataclass(frozen=True, slots=True)
class Declaration:
    origin: Origin
    name: str
    """The study's or the sweep's name."""
    declared: Declared
    study: StudySnapshot | None = None
    """With all its trials, if it was read from a storage."""


def declaration(target: str, study: str | None) -> Declaration:
    """What ``FILE.py[:objective]``, a sweep's ``.yaml`` or a storage declares.

    Raises:
        InputError: it declares nothing, or cannot be opened.
    """
    from hpt_tui.domain.target import is_sweep, split_target

    file = split_target(target)[0]
    if Path(file).suffix == ".py":
        found, origin = _of_file(target), Origin.STUDY_FILE
    elif is_sweep(target):
        found, origin = _of_sweep(target), Origin.SWEEP
    else:
        return _of_storage(target, study)
    if study is not None:
        raise InputError("--study", f"names a study in a storage, and this is a {origin.value}", "leave it out")
    return found


def _of_file(target: str) -> Declaration:
    from hpt_tui.cli import options
    from hpt_tui.cli.launch import describe
    from hpt_tui.store.distribution_json import range_from_json

    options.check_target(target)
    described = describe(target)
    if not described.space:
        remedy = "declare a StudySpec, or name the storage that its study is kept in"
        raise StudyFileError(described.file, "declares no space", remedy)
    read = {name: range_from_json(text) for name, text in described.space.items()}
    method = wish(described.strategy, described.pruner).over(Method())
    declared = Declared(
        space={name: range_ for name, range_ in read.items() if range_ is not None},
        baseline=described.baseline,
        strategy=method.strategy.kind,
        pruner=pruner_word(method),
        points=described.points,
        steps=described.steps,
        remarks=tuple(_unread(name) for name, range_ in read.items() if range_ is None),
    )
    return Declaration(Origin.STUDY_FILE, described.name, declared)


def _unread(name: str) -> Finding:
    return Finding(
        "unread",
        Level.WARNING,
        "G18",
        f"{plain(name)} has a distribution that hpt-tui does not know",
        "What is not known cannot be judged.",
        "Use one of Optuna's three distributions.",
        (name,),
    )


def _of_storage(target: str, study: str | None) -> Declaration:
    from hpt_tui.cli.one_study import read_study

    found = read_study(target, study)
    if not found.space:
        raise InputError(found.name, "has no trial yet, so that nothing is known of its space")
    return Declaration(Origin.STUDY, found.name, declared_by(found), found)


def _of_sweep(target: str) -> Declaration:
    from hpt_tui.store.sweep_yaml import read_sweep

    sweep = read_sweep(Path(target).expanduser())
    return Declaration(Origin.SWEEP, sweep.name, declared_by_sweep(sweep))


def declared_by_sweep(sweep: Sweep) -> Declared:
    """What a sweep declares. It cannot have a baseline, and how long its runs are it does not say."""
    return Declared(
        space=sweep.space,
        fixed=sweep.fixed,
        strategy=sweep.method,
        pruner="hyperband" if sweep.hyperband is not None else NO_PRUNER,
        trials=sweep.run_cap,
        remarks=tuple(map(_remarked, sweep.remarks)),
    )


def _remarked(remark: Remark) -> Finding:
    about = f"{plain(remark.parameter)}: " if remark.parameter else ""
    return Finding(
        "sweep-yaml",
        Level.WARNING if remark.wrong else Level.INFO,
        "G35",
        about + plain(remark.summary),
        "The sweep does not say what it seems to say."
        if remark.wrong
        else "hpt-tui has nothing like it; the rest of the sweep is read as it is.",
        plain(remark.fix),
        (remark.parameter,) if remark.parameter else (),
    )
