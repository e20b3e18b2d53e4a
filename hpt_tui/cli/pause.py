"""``hpt-tui pause``: hold a search, or some of its trials."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.search import PauseStudy
from hpt_tui.domain.orders.trials import PauseTrial


@click.command("pause", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("numbers", metavar="[N…]", type=click.IntRange(min=0), nargs=-1)
def command(storage: str, study: str | None, as_document: bool, numbers: tuple[int, ...]) -> int:
    """Hold the running trials at their next report, keeping their memory, and start no new ones.

    With the numbers of trials, hold only these, and their workers with them; the search goes on.
    """
    storage, numbers = orders.trials_of(storage, numbers)
    where = orders.Where(storage, study, as_document)
    return orders.give(where, *map(PauseTrial, numbers)) if numbers else orders.give(where, PauseStudy())
