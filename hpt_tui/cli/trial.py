"""``hpt-tui trial``: one trial, and where it comes from."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from hpt_tui.cli import options, orders
from hpt_tui.cli.one_study import read_study
from hpt_tui.domain import figures
from hpt_tui.domain.figures import plain
from hpt_tui.errors import InputError

if TYPE_CHECKING:
    from hpt_tui.domain.provenance import WorkerRun
    from hpt_tui.domain.snapshot import StudySnapshot
    from hpt_tui.domain.trial import TrialRow


@click.command("trial", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("number", metavar="N", type=click.IntRange(0))
def command(storage: str, study: str | None, as_document: bool, number: int) -> int:
    """Trial N: how it went, its parameters, and where it comes from: machine, GPU, code and package versions.
    Nothing is written.
    """
    options.need_output()
    found = read_study(storage, study)
    trial = found.by_number.get(number)
    if trial is None:
        raise InputError(f"trial #{number}", "the storage holds no such trial", f"it holds {found.total}")
    if as_document:
        click.echo(json.dumps(_document(found, trial), allow_nan=False))
        return 0
    for line in _lines(found, trial, found.runs.get(trial.worker)):
        click.echo(plain(line))
    return 0


def _lines(study: StudySnapshot, trial: TrialRow, run: WorkerRun | None) -> list[str]:
    value = ", ".join(figures.metric(value) for value in trial.values) or figures.UNKNOWN
    took = figures.UNKNOWN if trial.ended is None else figures.duration(trial.duration(trial.ended))
    told = [
        f"#{trial.number} {trial.state}  {study.metric} {value}  {trial.steps} steps  {took}",
        *([trial.reason] if trial.reason else []),
        *(f"  {name} = {value}" for name, value in trial.params.items()),
    ]
    if run is None:
        return told
    origin = (
        ("ran on", run.place),
        ("code", run.provenance.code),
        ("with", run.provenance.versions),
        ("log", run.log),
    )
    return told + [f"{label}  {text}" for label, text in origin if text]


def _document(study: StudySnapshot, trial: TrialRow) -> orders.Document:
    """``study``, ``storage``, ``trial`` and ``run``: null where no hpt-tui worker has said where it ran."""
    run, seed = study.runs.get(trial.worker), None if study.method is None else study.method.seed
    return {
        "study": study.name,
        "storage": study.storage,
        "trial": {
            "number": trial.number,
            "state": trial.state.value,
            "values": [value if math.isfinite(value) else None for value in trial.values],
            "params": dict(trial.params),
            "steps": trial.steps,
            "started": trial.started,
            "ended": trial.ended,
            "reason": trial.reason,
            "seed": seed,
        },
        "run": None if run is None else asdict(run),
    }
