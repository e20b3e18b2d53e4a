"""``hpt-tui events``: the journal of steering."""

from __future__ import annotations

import json
import time

import click

from hpt_tui.cli import orders
from hpt_tui.domain import durations, moments
from hpt_tui.domain.event import ACTS, Event, Wanted, known_act, spelt
from hpt_tui.domain.figures import UNKNOWN, local_time, plain
from hpt_tui.errors import InputError


class Since(click.ParamType[float]):
    """A duration before now, a time of day that was, or a date and time -> epoch seconds."""

    name = "WHEN"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        now = time.time()
        if ":" not in value and (seconds := durations.seconds(value)) is not None:
            return now - seconds
        if (at := moments.next_moment(value, now - 86400.0)) is None:
            self.fail(f"{value!r} is no time; give 2h, 18:30, or 2026-11-24 07:00", param, ctx)
        return at


@click.command("events", cls=orders.StorageFirst)
@orders.on_a_study
@click.option("-n", "newest", metavar="N", type=click.IntRange(min=1), help="Only the newest N.")
@click.option("--act", default="", help="Only this act, or those that begin so: widen, stop, undo.")
@click.option("--subject", default="", help="Only what was done to this parameter, trial (12) or worker.")
@click.option("--since", metavar="WHEN", type=Since(), help="Only since 2h ago, 18:30, or 2026-11-24 07:00.")
def command(
    storage: str,
    study: str | None,
    as_document: bool,
    newest: int | None,
    act: str,
    subject: str,
    since: float | None,
) -> int:
    """Who steered the study, when, from which value to which, and which flag was behind it; oldest first, each
    with the id that `hpt-tui undo` takes. Nothing is written.
    """
    with orders.open_errand(orders.Where(storage, study, as_document)) as errand:
        seen = errand.frame.study
    if not known_act(act) and not any(event.act.startswith(spelt(act)) for event in seen.events):
        raise InputError(
            f"--act {act}", "there is no such act", f"there are {', '.join(ACTS)}, and undo-… and redo-…"
        )
    wanted = Wanted(act=act, subject=subject, since=since)
    events = [event for event in seen.events if wanted.takes(event)]
    events = events[-newest:] if newest else events
    if as_document:
        found = {"study": seen.name, "storage": seen.storage, "events": [event.facts() for event in events]}
        click.echo(json.dumps(found, allow_nan=False))
    elif not events:
        click.echo("no such event" if seen.events else "nobody has steered this study", err=True)
    for event in () if as_document else events:
        click.echo(plain(_line(event)))
    return 0


def _line(event: Event) -> str:
    when = local_time(event.at, "%Y-%m-%d %H:%M:%S")
    return f"{when}  {event.short_id:<6}  {event.by or UNKNOWN}  {event.sentence}"
