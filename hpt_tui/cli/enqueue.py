"""``hpt-tui enqueue``: a configuration of one's own."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.probes import Enqueue


@click.command("enqueue", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("values", metavar="[NAME=VALUE…]", nargs=-1)
@click.option("--like", metavar="N", type=click.IntRange(min=0), help="Copy all other values from this trial.")
@click.option(
    "--beyond", metavar="PARAM", default="", help="Move this one past its nearer bound, in the best trial or N."
)
@click.option("--outside", is_flag=True, help="Take values out of bounds too.")
def command(
    storage: str,
    study: str | None,
    as_document: bool,
    values: tuple[str, ...],
    like: int | None,
    beyond: str,
    outside: bool,
) -> int:
    """Let the next free worker run this configuration. What you leave out, the sampler draws.

    hpt-tui enqueue URL lr=0.01 optimizer=adamw
    """
    storage, pairs = orders.values_of(storage, values)
    return orders.give(orders.Where(storage, study, as_document), Enqueue(pairs, like, beyond, outside))
