"""``hpt-tui phase``: how far a plan of phases has come, and on to the next phase."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from hpt_tui.cli import orders
from hpt_tui.domain import figures
from hpt_tui.domain.orders.phases import HOW, NO_PLAN, NextPhase, foreseen_changes
from hpt_tui.domain.phases.course import PhaseState, PhaseView, course
from hpt_tui.domain.phases.cut import cut

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame


@click.group("phase")
def command() -> None:
    """The plan of phases that a study goes through (hpt-tui run FILE.py --plan phases, or --plan staged)."""


@command.command("show", cls=orders.StorageFirst)
@orders.on_a_study
def show(storage: str, study: str | None, as_document: bool) -> int:
    """Each phase of the plan: how far it is, its best value, what changed in the space, what comes next."""
    with orders.open_errand(orders.Where(storage, study, as_document)) as errand:
        frame = errand.whole()
    if as_document:
        click.echo(json.dumps(_document(frame), allow_nan=False))
        return 0
    seen = course(frame.study, frame.now)
    if seen is None:
        orders.narrate(f"{frame.study.name} {NO_PLAN}; {HOW}")
        return 0
    for view in seen.views:
        click.echo(figures.plain(_line(view)))
        for change in view.changes:
            click.echo(f"  {figures.plain(change)}")
    if (told := _next(frame)) is not None:
        click.echo(figures.plain(told))
    if told := cut(frame.study):
        click.echo(figures.plain(told))
    return 0


@command.command("next", cls=orders.StorageFirst)
@orders.on_a_study
@orders.yes
def onward(storage: str, study: str | None, as_document: bool, yes: bool) -> int:
    """Begin the next phase now, whatever is left of the one that is under way; running trials finish.

    What would change is said first.
    """
    ask = "" if yes else "begin the next phase now"
    return orders.give(orders.Where(storage, study, as_document), NextPhase(), ask=ask)


def _line(view: PhaseView) -> str:
    best = "" if view.best is None else f"  best {figures.metric(view.best)} #{view.best_number}"
    took = "" if view.seconds is None else f"  {figures.duration(view.seconds)}"
    over = f"  {view.why_over}" if view.why_over else ""
    return f"{view.words:<16} {view.state}{best}{took}{over}"


def _next(frame: Frame) -> str | None:
    plan = frame.study.control.plan
    if plan is None or plan.next is None:
        return None
    return f"next: {plan.next.name}, as things stand: {foreseen_changes(frame.study, plan, frame.now)}"


def _document(frame: Frame) -> orders.Document:
    """``study``, ``storage``, ``plan`` (its kind; null without one), ``eta`` and ``plan_eta`` (seconds),
    ``phases`` (``name``, ``state``, ``done``, ``size``, ``best``, ``best_number``, ``seconds``, ``first``,
    ``changes``, ``why_over``) and ``next``."""
    plan, seen = frame.study.control.plan, course(frame.study, frame.now)
    return {
        "study": frame.study.name,
        "storage": frame.study.storage,
        "plan": None if plan is None else plan.kind.value,
        "eta": None if seen is None else seen.eta,
        "plan_eta": None if seen is None else seen.plan_eta,
        "phases": [] if seen is None else [facts(view) for view in seen.views],
        "next": _next(frame),
    }


def facts(view: PhaseView) -> orders.Document:
    """One phase, as JSON has it."""
    begun = view.begun
    return {
        "name": view.phase.name,
        "state": view.state.value,
        "done": view.done,
        "size": view.size,
        "best": view.best,
        "best_number": view.best_number,
        "seconds": view.seconds,
        "first": None if begun is None or view.state is PhaseState.TO_COME else begun.first,
        "changes": list(view.changes),
        "why_over": view.why_over,
    }
