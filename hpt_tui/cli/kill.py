"""``hpt-tui kill``: prune running trials."""

from __future__ import annotations

import os

import click

from hpt_tui.cli import options, orders
from hpt_tui.domain.orders.trials import PruneTrial


@click.command("kill", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("numbers", metavar="N…", type=click.IntRange(min=0), nargs=-1, required=True)
@orders.yes
def command(storage: str, study: str | None, as_document: bool, numbers: tuple[int, ...], yes: bool) -> int:
    """Prune running trials, by their numbers: each ends at its next report, the sampler keeps what it showed, and
    its worker takes the next one.

    Several are asked about, and pruned all or, if one of them cannot be, none.
    """
    if storage.isdecimal() and (elsewhere := os.environ.get(options.STORAGE_VARIABLE)):
        storage, numbers = elsewhere, (int(storage), *numbers)
    chosen = tuple(PruneTrial(number) for number in dict.fromkeys(numbers))
    ask = f"prune {len(chosen)} trials" if len(chosen) > 1 and not yes else ""
    return orders.give(orders.Where(storage, study, as_document), *chosen, ask=ask)
