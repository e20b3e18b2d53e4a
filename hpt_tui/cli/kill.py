"""``hpt-tui kill``: end running trials."""

from __future__ import annotations

import click

from hpt_tui.cli import orders
from hpt_tui.domain.orders.trials import DiscardTrial, PruneTrial


@click.command("kill", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("numbers", metavar="N…", type=click.IntRange(min=0), nargs=-1, required=True)
@click.option("--discard", is_flag=True, help="End them as failed: no sampler looks at them, none counts.")
@orders.yes
def command(
    storage: str, study: str | None, as_document: bool, numbers: tuple[int, ...], discard: bool, yes: bool
) -> int:
    """End running trials, by their numbers: each is pruned at its next report, the sampler keeps what it showed,
    and its worker takes the next one.

    A trial that doesn't listen is interrupted by a signal after 5 s. One that hangs is ended with its worker, and
    the worker replaced, by the hpt-tui that steers on its machine.

    Several are asked about, and ended all or, if one of them cannot be, none.
    """
    storage, numbers = orders.trials_of(storage, numbers)
    order = DiscardTrial if discard else PruneTrial
    many = len(numbers) > 1 and not yes
    ask = f"{'discard' if discard else 'prune'} {len(numbers)} trials" if many else ""
    return orders.give(orders.Where(storage, study, as_document), *map(order, numbers), ask=ask)
