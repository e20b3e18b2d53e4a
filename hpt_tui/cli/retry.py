"""``hpt-tui retry``: another try for failed trials."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.trials import RetryTrial


@click.command("retry", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("numbers", metavar="N…", type=click.IntRange(min=0), nargs=-1, required=True)
def command(storage: str, study: str | None, as_document: bool, numbers: tuple[int, ...]) -> int:
    """Give failed trials another try: each gets a new trial with the same parameters, which the next free worker
    runs. A trial is retried once, by whomever; its retry may be retried again.
    """
    storage, numbers = orders.trials_of(storage, numbers)
    return orders.give(orders.Where(storage, study, as_document), *map(RetryTrial, numbers))
