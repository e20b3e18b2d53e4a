"""``hpt-tui star``: mark trials for people."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.remarks import StarTrial


@click.command("star", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("numbers", metavar="N…", type=click.IntRange(min=0), nargs=-1, required=True)
@click.option("--off", is_flag=True, help="Take the stars away.")
def command(storage: str, study: str | None, as_document: bool, numbers: tuple[int, ...], off: bool) -> int:
    """Give trials a star, for whoever looks at the study; the search goes on as it was. In the screen
    `/is:starred` shows them.
    """
    storage, numbers = orders.trials_of(storage, numbers)
    given = [StarTrial(number, on=not off) for number in numbers]
    return orders.give(orders.Where(storage, study, as_document), *given)
