"""``hpt-tui resume``: go on after a pause or a stop."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.search import ResumeStudy
from hpt_tui.domain.orders.trials import ResumeTrial


@click.command("resume", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("numbers", metavar="[N…]", type=click.IntRange(min=0), nargs=-1)
def command(storage: str, study: str | None, as_document: bool, numbers: tuple[int, ...]) -> int:
    """Take back a pause or a stop. A stop that is still to come (--at, --after, or run's --timeout) outlasts a
    pause: a second resume takes it back. Workers that have ended meanwhile are started again only by a session
    that keeps them: hpt-tui run.

    With the numbers of trials, let these go on that were paused by themselves.
    """
    storage, numbers = orders.trials_of(storage, numbers)
    where = orders.Where(storage, study, as_document)
    return orders.give(where, *map(ResumeTrial, numbers)) if numbers else orders.give(where, ResumeStudy())
