"""``hpt-tui resume``: go on after a pause or a stop."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.search import ResumeStudy


@click.command("resume", cls=orders.StorageFirst)
@orders.on_a_study
def command(storage: str, study: str | None, as_document: bool) -> int:
    """Take back a pause or a stop. Workers that have ended meanwhile are started again only by a session that
    keeps them: hpt-tui run.
    """
    return orders.give(orders.Where(storage, study, as_document), ResumeStudy())
