"""``hpt-tui importance``: what decides the value of a study's trials."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from hpt_tui.cli import options, orders
from hpt_tui.domain.figures import count, percent, plain
from hpt_tui.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hpt_tui.domain.snapshot import StudySnapshot


@click.command("importance", cls=orders.StorageFirst)
@orders.on_a_study
def command(storage: str, study: str | None, as_document: bool) -> int:
    """How much each parameter decides whether a trial is among the best tenth, measured on the complete trials
    (PED-ANOVA), beside its usual tier, and where the two contradict each other. Nothing is written.
    """
    options.need_output()
    from hpt_tui.cli.one_study import read_study
    from hpt_tui.config import limits
    from hpt_tui.domain.importance import importances

    seen = read_study(storage, study)
    least = limits(seen.name).advice.importance_trials
    found = importances(seen, least)
    if not found and not as_document:
        there = len(seen.complete)
        problem = f"{there} complete trials are too little to measure by; it takes {least}"
        if not seen.single:
            problem = "its several objectives have no best trials to measure by"
        elif there >= least:
            problem = "its best trials differ from the others in no parameter"
        raise InputError(f"study {plain(seen.name)}", problem)
    click.echo(_document(seen, found) if as_document else "\n".join(_lines(seen, found)))
    return 0


def _document(study: StudySnapshot, found: Mapping[str, float]) -> str:
    """``study``, ``storage``, ``complete`` (trials) and ``parameters``, the most important first: each with
    ``name``, ``importance`` (they add up to 1) and ``tier`` (null: unclassified); ``disagreements`` in words."""
    from hpt_tui.domain.tiers import tier_of

    parameters = [{"name": n, "importance": share, "tier": tier_of(n)} for n, share in found.items()]
    document = {"study": study.name, "storage": study.storage, "complete": len(study.complete)}
    return json.dumps(
        {**document, "parameters": parameters, "disagreements": _against(study, found)}, allow_nan=False
    )


def _lines(study: StudySnapshot, found: Mapping[str, float]) -> list[str]:
    from hpt_tui.domain.tiers import tier_of

    wide = max(len(plain(name)) for name in found)
    lines = [
        f"{plain(study.name)}: what sets the best tenth of {count(len(study.complete))} complete trials apart"
    ]
    for name, share in found.items():
        tier = tier_of(name)
        usual = "unclassified" if tier is None else f"tier {tier}"
        lines.append(f"  {plain(name):<{wide}}  {percent(share):>5}  {usual}")
    return lines + _against(study, found)


def _against(study: StudySnapshot, found: Mapping[str, float]) -> list[str]:
    from hpt_tui.config import limits
    from hpt_tui.domain.advice.disagreement import disagreements

    return list(disagreements(found, limits(study.name).advice))
