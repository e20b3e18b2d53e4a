"""``hpt-tui stop``: no further trials, now or later."""

from __future__ import annotations

import time

import click

from hpt_tui.cli import options, orders
from hpt_tui.domain import durations, moments
from hpt_tui.domain.orders.search import StopStudy


class Moment(click.ParamType[float]):
    """A time of day, or a date and time -> epoch seconds."""

    name = "TIME"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if (at := moments.next_moment(value, time.time())) is None:
            self.fail(f"{value!r} is no time; give 18:30, or 2026-11-24 07:00", param, ctx)
        return at


class Later(click.ParamType[float]):
    """A duration -> epoch seconds."""

    name = "DURATION"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> float:
        seconds = durations.seconds(value)
        if seconds is None or seconds > options.Duration.longest:
            self.fail(f"{value!r} is no duration; give 2h, 30m or 1h30m", param, ctx)
        return time.time() + seconds


@click.command("stop", cls=orders.StorageFirst)
@orders.on_a_study
@click.option("--now", is_flag=True, help="End the running trials at once, as failed (interrupted); asks first.")
@click.option("--after", metavar="N", type=click.IntRange(min=1), help="Once N more trials have finished.")
@click.option("--at", metavar="TIME", type=Moment(), help="At a time: 18:30, or 2026-11-24 07:00.")
@click.option("--in", "later", metavar="DURATION", type=Later(), help="In a while: 2h, 30m.")
@orders.yes
def command(
    storage: str,
    study: str | None,
    as_document: bool,
    now: bool,
    after: int | None,
    at: float | None,
    later: float | None,
    yes: bool,
) -> int:
    """Start no further trials, on any machine; the running ones finish. `hpt-tui resume` takes it back.

    With --after and --at or --in, whatever comes first. The workers see to it by themselves, each by the clock of
    its own machine: no session needs to be open.
    """
    if (at is not None and later is not None) or (now and (after or at or later)):
        raise click.UsageError(
            "Give one of --now, --at and --in; --after goes with the last two", click.get_current_context()
        )
    ask = "end the running trials now" if now and not yes else ""
    order = StopStudy(at_once=now, after=after, deadline=later if at is None else at)
    return orders.give(orders.Where(storage, study, as_document), order, ask=ask)
