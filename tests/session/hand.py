"""Somebody who steers the study ``s`` from a process of their own.

    python -m tests.session.hand URL WHO WAY COUNT

Says ``ready``, begins with a line on its input, gives :func:`orders_of` one after the other, and then says as JSON
what came of each: "" where it was carried out, else why it was not.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.order import WrittenOrder
from hpt_tui.domain.orders.search import PauseStudy, ResumeStudy
from hpt_tui.domain.orders.workers import WantWorkers
from hpt_tui.errors import HptError
from hpt_tui.session import Session, Terms
from hpt_tui.session.errand import Errand
from hpt_tui.store.address import Address, parse_address

Give = Callable[[WrittenOrder], str]


def orders_of(who: str, count: int) -> list[WrittenOrder]:
    """A hand's orders: on keys that both hands change, on keys that both make, and on keys of its own."""
    own = {"ann": 0, "bob": 1}[who]
    kinds: list[Callable[[int], WrittenOrder]] = [
        lambda n: ChangeBound("lr", high=1.0 + 2 * n + own, reason=f"{who}-{n}"),
        lambda n: WantWorkers(f"{who}-{n}", n + 1),
        lambda n: WantWorkers(f"both-{n}", 2 * n + own + 1),
        lambda _: PauseStudy(),
        lambda _: ResumeStudy(),
    ]
    return [kinds[n % len(kinds)](n) for n in range(count)]


@contextmanager
def at_the_screen(address: Address) -> Iterator[Give]:
    """As by the keys of one screen that stays."""
    session = Session(address, "s", Terms(steering=True))
    session.tick()

    def give(order: WrittenOrder) -> str:
        session.submit(order)
        (notice,) = session.tick().notices
        return notice.text if notice.failed else ""

    yield give
    session.close(stop_workers=False)


@contextmanager
def from_the_shell(address: Address) -> Iterator[Give]:
    """As by one command line an order."""

    def give(order: WrittenOrder) -> str:
        try:
            with Errand(address, "s") as errand:
                errand.carry_out([order])
        except HptError as error:
            return error.line
        return ""

    yield give


WAYS = {"screen": at_the_screen, "shell": from_the_shell}


def main() -> None:
    url, who, way, count = sys.argv[1:]
    with WAYS[way](parse_address(url)) as give:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        said = [give(order) for order in orders_of(who, int(count))]
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
