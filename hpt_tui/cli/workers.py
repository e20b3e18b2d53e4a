"""``hpt-tui workers``: how many workers a machine is to have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.workers import WantWorkers

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame


@click.command("workers", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("count", metavar="COUNT", type=click.IntRange(0, 1024))
@click.option("--host", metavar="H", help="The machine, by its host name; this one by default.")
def command(storage: str, study: str | None, as_document: bool, count: int, host: str | None) -> int:
    """Say how many workers of the study a machine is to have.

    Those too many end after their trial. Missing ones are started by the `hpt-tui run` (or steering `attach`)
    that is open on that machine; where none is, none is started before one is opened, and that is said.
    """
    from hpt_tui.domain.orders.workers import staying
    from hpt_tui.supervisor.host import this_host

    here = this_host().name
    machine = host or here

    def keeper(frame: Frame, kept: bool) -> str:
        """Who starts what is missing, as far as it can be known."""
        if machine != here:
            unknown = machine not in {frame.study.study_host, *(lease.host for lease in frame.study.leases)}
            seen = f"no worker of this study is known on {machine}, and " if unknown else ""
            return f"{seen}whether a session keeps workers there cannot be seen from here"
        missing = count > len(staying(here, frame))
        if kept:
            todo = "starts those that are missing" if missing else "keeps them at that number"
            return f"a session on this machine looks after its workers: it {todo}"
        if not missing:
            return "no session on this machine keeps workers: those that end are not replaced"
        return "no session on this machine keeps workers: none is started before one does (hpt-tui run FILE.py)"

    return orders.give(orders.Where(storage, study, as_document), WantWorkers(machine, count), note=keeper)
