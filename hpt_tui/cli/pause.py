"""``hpt-tui pause``: hold a search."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.search import PauseStudy


@click.command("pause", cls=orders.StorageFirst)
@orders.on_a_study
def command(storage: str, study: str | None, as_document: bool) -> int:
    """Hold the running trials at their next report, keeping their memory, and start no new ones."""
    return orders.give(orders.Where(storage, study, as_document), PauseStudy())
