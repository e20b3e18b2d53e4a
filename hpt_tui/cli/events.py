"""``hpt-tui events``: the journal of steering."""

from __future__ import annotations

import json

import click

from hpt_tui.cli import orders
from hpt_tui.domain.event import Event
from hpt_tui.domain.figures import UNKNOWN, local_time, plain


@click.command("events", cls=orders.StorageFirst)
@orders.on_a_study
@click.option("-n", "newest", metavar="N", type=click.IntRange(min=1), help="Only the newest N.")
def command(storage: str, study: str | None, as_document: bool, newest: int | None) -> int:
    """Who steered the study, when, from which value to which, and which flag was behind it; oldest first.
    Nothing is written.
    """
    with orders.open_errand(orders.Where(storage, study, as_document)) as errand:
        seen = errand.frame.study
    events = seen.events[-newest:] if newest else seen.events
    if as_document:
        found = {"study": seen.name, "storage": seen.storage, "events": [event.facts() for event in events]}
        click.echo(json.dumps(found, allow_nan=False))
    elif not events:
        click.echo("nobody has steered this study", err=True)
    for event in () if as_document else events:
        click.echo(plain(_line(event)))
    return 0


def _line(event: Event) -> str:
    return f"{local_time(event.at, '%Y-%m-%d %H:%M:%S')}  {event.by or UNKNOWN}  {event.sentence}"
