"""``hpt-tui widen``: move a bound of a search that runs."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.bounds import ChangeBound


@click.command("widen", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("parameter", metavar="PARAM")
@click.option("--low", type=float, metavar="X", help="The new lower bound; without it, that side stays.")
@click.option("--high", type=float, metavar="Y", help="The new upper bound; without it, that side stays.")
def command(
    storage: str, study: str | None, as_document: bool, parameter: str, low: float | None, high: float | None
) -> int:
    """Widen, or narrow, the range of one parameter. The next trial of every worker, on every machine, uses it;
    finished trials and your code stay as they are.
    """
    if low is None and high is None:
        raise click.UsageError("Give --low, --high or both", click.get_current_context())
    return orders.give(orders.Where(storage, study, as_document), ChangeBound(parameter, low, high))
