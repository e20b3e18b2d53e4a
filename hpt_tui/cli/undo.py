"""``hpt-tui undo``: take an order back."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.undo import UndoEvent, last_undoable
from hpt_tui.errors import OrderRefusedError


@click.command("undo", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("event", metavar="[EVENT]", required=False)
@orders.yes
def command(storage: str, study: str | None, as_document: bool, event: str | None, yes: bool) -> int:
    """Put in force again, exactly, what an order replaced; by its id in `hpt-tui events`, else the last order that
    can be undone, which is shown and asked about.

    Bounds, fixed parameters, held trials, pause, stop, resume, the number of workers and the choice of GPUs can be
    undone, unless somebody has changed the same thing since. A prune can't: its trial has ended.
    """
    where = orders.Where(storage, study, as_document)
    if event is not None:
        return orders.give(where, UndoEvent(event))
    with orders.open_errand(where) as errand:
        seen = errand.whole()
    last = last_undoable(seen.study)
    if last is None:
        raise OrderRefusedError("undo", "no order of this study can be undone", "hpt-tui events shows them")
    ask = "" if yes else f"undo what {last.by} ordered"
    return orders.give(where, UndoEvent(last.id), ask=ask)
