"""``hpt-tui stop``: no further trials."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.search import StopStudy


@click.command("stop", cls=orders.StorageFirst)
@orders.on_a_study
@click.option("--now", is_flag=True, help="End the running trials at once, as failed (interrupted); asks first.")
@orders.yes
def command(storage: str, study: str | None, as_document: bool, now: bool, yes: bool) -> int:
    """Start no further trials, on any machine; the running ones finish. `hpt-tui resume` takes it back."""
    ask = "end the running trials now" if now and not yes else ""
    return orders.give(orders.Where(storage, study, as_document), StopStudy(at_once=now), ask=ask)
