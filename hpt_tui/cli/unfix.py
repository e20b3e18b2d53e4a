"""``hpt-tui unfix``: search a parameter again that was fixed."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.probes import FreeParameter


@click.command("unfix", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("parameter", metavar="PARAM")
def command(storage: str, study: str | None, as_document: bool, parameter: str) -> int:
    """Let a parameter that was fixed be searched again, from the next trial of every worker on."""
    return orders.give(orders.Where(storage, study, as_document), FreeParameter(parameter))
