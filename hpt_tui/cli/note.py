"""``hpt-tui note``: what you have to say of a trial."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.remarks import NoteTrial


@click.command("note", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("number", metavar="N", type=click.IntRange(min=0))
@click.argument("text", metavar="TEXT")
def command(storage: str, study: str | None, as_document: bool, number: int, text: str) -> int:
    """Write a note to a trial, in the place of the one that it has; an empty TEXT takes it away. optuna-dashboard
    shows it too.
    """
    return orders.give(orders.Where(storage, study, as_document), NoteTrial(number, text))
