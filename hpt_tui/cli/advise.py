"""``hpt-tui advise``: whether to tune, how, for how long, and what would change that."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from hpt_tui.cli import options
from hpt_tui.domain.advice.situation import Situation, Symptom
from hpt_tui.domain.practice import LEARNING_RATES, Task
from hpt_tui.errors import InputError

if TYPE_CHECKING:
    from hpt_tui.cli.declarations import Declaration
    from hpt_tui.domain.lint.declared import Declared


class Said(TypedDict):
    """What the options said; None where nothing did."""

    study: str | None
    params: int | None
    budget: float | None
    wall: float | None
    trial_time: float | None
    gpus: int
    optimizer: str | None
    task: str | None
    data_size: int | None
    situation: tuple[str, ...]


@click.command("advise")
@click.argument("target", metavar="[FILE.py|SWEEP.yaml|URL]", required=False)
@click.option("--study", help="The study's name in a storage; not needed where there is only one.")
@click.option("--params", type=click.IntRange(1, 1000), help="How many parameters there are to search.")
@click.option("--budget", type=options.Duration(), help="GPU time that there is to spend, as in 40h or 2d.")
@click.option(
    "--wall", type=options.Duration(), help="The same as time on the clock: times --gpus it is the budget."
)
@click.option(
    "--trial-time", type=options.Duration(), help="Time of one full trial on one GPU, as in 30m or 1h30m."
)
@click.option("--gpus", type=click.IntRange(1, 100_000), default=1, show_default=True, help="How many there are.")
@click.option(
    "--optimizer", type=click.Choice(list(LEARNING_RATES), case_sensitive=False), help="The one that is used."
)
@click.option("--task", type=click.Choice([task.replace(" ", "-") for task in Task]), help="What is trained.")
@click.option("--data-size", type=click.IntRange(1, 10**15), help="Examples in the training set.")
@click.option(
    "--situation",
    type=click.Choice([symptom.value for symptom in Symptom]),
    multiple=True,
    help="How training goes, or what is wanted; may be given several times.",
)
@click.option("--json", "as_document", is_flag=True, help="One JSON document on stdout.")
@click.option("--tree", is_flag=True, help="The decision tree, and answers to what is often said instead.")
def command(target: str | None, tree: bool, as_document: bool, **said: Unpack[Said]) -> int:
    """Say whether to tune, and how: strategy, sampler, pruner, number of trials, phases, seeds, what to search
    first, and what would change the answer.

    The space is that of a study file's StudySpec, of a W&B sweep, or of the study in a storage, whose own trials
    also tell times and importances. All else is told by options; what nobody tells is assumed, and said.
    """
    options.need_output()
    if tree:
        from hpt_tui.cli.advise_tree import decision_tree

        click.echo(decision_tree())
        return 0
    if said["budget"] is not None and said["wall"] is not None:
        raise click.UsageError("--budget and --wall exclude each other", click.get_current_context())
    if target is None and said["params"] is None:
        target = os.environ.get(options.STORAGE_VARIABLE)
    _need_something(target, said)
    from hpt_tui.cli.advise_json import as_json
    from hpt_tui.cli.advise_text import as_text
    from hpt_tui.config import limits
    from hpt_tui.domain.advice.advice import advise
    from hpt_tui.domain.advice.of_study import with_study

    found, facts = _declared(target, said["study"], said["params"])
    facts = _with(facts, said)
    by = limits("" if found is None else found.name).advice
    if found is not None and found.study is not None:
        facts = with_study(facts, found.study, time.time(), by)
    advice = advise(facts, by)
    click.echo(as_json(found, advice) if as_document else as_text(found, advice))
    return 0


def _need_something(target: str | None, said: Said) -> None:
    """Without any of these facts there is nothing to say.

    Raises:
        InputError: none is there.
    """
    named = (said["params"], said["budget"], said["wall"], said["data_size"], said["situation"])
    if not any((target, said["optimizer"], said["task"], *named)):
        remedy = "give FILE.py or a study, or any of --params, --budget, --wall, --data-size, --situation"
        raise InputError("advise", "knows nothing to go by", remedy)


def _with(facts: Situation, said: Said) -> Situation:
    """``facts``, and what the options tell besides."""
    return replace(
        facts,
        declared=_told(facts.declared, said["optimizer"], said["task"]),
        hours=_hours(said["budget"], said["wall"], said["gpus"]),
        trial=said["trial_time"],
        gpus=said["gpus"],
        examples=said["data_size"],
        told=frozenset(map(Symptom, said["situation"])),
    )


def _hours(budget: float | None, wall: float | None, gpus: int) -> float | None:
    if wall is not None:
        return wall * gpus / 3600
    return None if budget is None else budget / 3600


def _declared(target: str | None, study: str | None, params: int | None) -> tuple[Declaration | None, Situation]:
    """What the target declares, if there is one, and the situation as far as it goes."""
    if target is None:
        if study is not None:
            raise InputError("--study", "names a study in a storage, and none is given", "give its URL")
        return None, Situation(parameters=params)
    from hpt_tui.cli.declarations import declaration
    from hpt_tui.domain.advice.wording import counted

    found = declaration(target, study)
    searched = len(found.declared.searched)
    if params is not None:
        raise InputError("--params", f"the space has {counted(searched, 'parameter')} already", "leave it out")
    if not searched:
        raise InputError(found.name, "searches nothing: every parameter has one value")
    return found, Situation(found.declared, searched)


def _told(declared: Declared, optimizer: str | None, task: str | None) -> Declared:
    """``declared`` with what the options add."""
    if optimizer is not None:
        if declared.optimizers:
            known = ", ".join(declared.optimizers)
            raise InputError("--optimizer", f"the space has {known} already", "leave it out")
        declared = replace(declared, fixed={**declared.fixed, "optimizer": optimizer})
    said = next((known for known in Task if known.replace(" ", "-") == task), None)
    return declared if said is None else replace(declared, task=said)
