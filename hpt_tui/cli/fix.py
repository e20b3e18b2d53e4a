"""``hpt-tui fix``: a parameter that keeps one value."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.probes import FixParameter


@click.command("fix", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("values", metavar="NAME=VALUE…", nargs=-1)
def command(storage: str, study: str | None, as_document: bool, values: tuple[str, ...]) -> int:
    """Give every next trial, of every worker, this value of a parameter; the others are searched on. It is still
    recorded as an ordinary parameter. An enqueued or retried trial keeps the value that it came with.

    hpt-tui fix URL optimizer=adamw, and back: hpt-tui unfix URL optimizer
    """
    storage, pairs = orders.values_of(storage, values)
    if not pairs:
        raise click.UsageError("Missing argument 'NAME=VALUE…'", click.get_current_context())
    return orders.give(orders.Where(storage, study, as_document), *(FixParameter(*pair) for pair in pairs))
