"""What the verbs that steer share: which study, what will happen, whether that is wanted, what came of it.

stderr says beforehand what will happen, stdout afterwards what did; with ``--json``, as one document.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import click

from hpt_tui.cli import options
from hpt_tui.cli.one_study import study_called
from hpt_tui.domain.figures import plain
from hpt_tui.errors import InputError
from hpt_tui.store.address import parse_address

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.orders.order import WrittenOrder
    from hpt_tui.session.errand import Done, Errand

REFUSED = 2
"""The exit code of a verb whose question was answered with no, as of one that was refused."""

F = TypeVar("F", bound=Callable[..., object])
Document = dict[str, object]


class StorageFirst(click.Command):
    """A verb whose first argument is the storage; HPT_TUI_STORAGE stands for it where it is left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, [*args])
        except click.BadParameter as problem:
            if not (storage := os.environ.get(options.STORAGE_VARIABLE)):
                raise
            try:
                return super().parse_args(ctx, [storage, *args])
            except click.BadParameter:
                if isinstance(problem, click.MissingParameter):
                    raise
                raise problem from None


url = click.argument("storage", metavar="URL")
study = click.option("--study", help="The study's name; not needed where there is only one.")
as_document = click.option("--json", "as_document", is_flag=True, help="One JSON document on stdout.")
yes = click.option("--yes", is_flag=True, help="Do it without asking.")


def on_a_study(command: F) -> F:
    """The parameters of every verb that works on one stored study."""
    return url(study(as_document(command)))


def trials_of(storage: str, numbers: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """The storage and the trials, each once, of a verb whose storage may have been left out."""
    if storage.isdecimal() and (elsewhere := os.environ.get(options.STORAGE_VARIABLE)):
        storage, numbers = elsewhere, (int(storage), *numbers)
    return storage, tuple(dict.fromkeys(numbers))


def values_of(storage: str, words: tuple[str, ...]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The storage and the values of a verb that takes ``NAME=VALUE``, whose storage may have been left out.

    Raises:
        UsageError: a word is none such, or a name is given twice.
    """
    left_out = "=" in storage and "://" not in storage
    if left_out and (elsewhere := os.environ.get(options.STORAGE_VARIABLE)):
        storage, words = elsewhere, (storage, *words)
    pairs = [(name.strip(), text.strip()) for name, _, text in (word.partition("=") for word in words)]
    if bad := next((word for word, (name, text) in zip(words, pairs, strict=True) if not (name and text)), None):
        raise click.UsageError(f"{bad!r} is not NAME=VALUE", click.get_current_context())
    names = [name for name, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise click.UsageError(f"{twice} is given twice", click.get_current_context())
    return storage, tuple(pairs)


@dataclass(frozen=True, slots=True)
class Where:
    """The study that a verb was given."""

    storage: str
    study: str | None
    as_document: bool


def open_errand(where: Where) -> Errand:
    """The study of a command line, read.

    Raises:
        InputError, StorageLostError: as :func:`~hpt_tui.cli.one_study.study_called` and ``Errand``.
    """
    options.need_output()
    from hpt_tui.session.errand import Errand

    address = parse_address(where.storage)
    return Errand(address, study_called(address, where.study))


Note = Callable[["Frame", bool], str]
"""What else there is to know, of the study afterwards and of whether this machine's workers are kept."""


def give(where: Where, *orders: WrittenOrder, ask: str = "", note: Note | None = None) -> int:
    """Give orders to the study, and say what came of them; the exit code. For the rest as :func:`obey`."""
    obeyed = obey(where, *orders, ask=ask)
    if obeyed is None:
        return REFUSED
    if where.as_document:
        click.echo(json.dumps(_document(obeyed), allow_nan=False))
        return 0
    more = [] if note is None else [note(obeyed.frame, obeyed.kept)]
    for line in (*obeyed.lines, *more):
        click.echo(plain(line))
    return 0


@dataclass(frozen=True, slots=True)
class Obeyed:
    """What came of orders."""

    frame: Frame
    """The study afterwards."""
    done: Sequence[Done]
    kept: bool
    """Whether a session of this machine keeps workers of it."""
    for_workers: bool
    """Whether it is they that take the orders up."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What to say of it; it may be hostile."""
        return (*map(_line, self.done), *([_takers(self.frame)] if self.for_workers else []))


def obey(where: Where, *orders: WrittenOrder, ask: str = "") -> Obeyed | None:
    """Give orders to the study. ``ask`` is the question that stands before them, empty if nothing is to be asked;
    None: its answer was no, and nothing was changed.

    Raises:
        OrderRefusedError: they make no sense, and none was given.
        InputError: the study cannot be opened, or there is nobody to ask.
    """
    with open_errand(where) as errand:
        foreseen = errand.foresee(orders)
        label = f"{errand.frame.study.name} ({errand.frame.study.storage})"
        narrate(f"{label}: {'; '.join(event.sentence for event in foreseen)}")
        if ask and not agreed(ask):
            narrate("nothing was changed")
            return None
        kept = errand.kept_here()
        done = errand.carry_out(orders)
        return Obeyed(errand.frame, done, kept, any(order.for_workers for order in orders))


def agreed(question: str) -> bool:
    """Ask on the terminal.

    Raises:
        InputError: there is none.
    """
    need_somebody(question)
    return click.confirm(f"{question}?", err=True)


def need_somebody(question: str) -> None:
    """A question needs somebody to answer it.

    Raises:
        InputError: there is no terminal.
    """
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
        raise InputError(question, "needs to be confirmed, and there is no terminal to ask on", "add --yes")


def narrate(line: str) -> None:
    """Say on stderr what will happen; ``line`` may be hostile."""
    click.echo(plain(line), err=True)


def _line(done: Done) -> str:
    overtaken = "" if done.in_force else " (but another order has taken its place already)"
    return done.said + overtaken


def _takers(frame: Frame) -> str:
    """Who takes the order up."""
    alive = alive_by_host(frame)
    total = sum(alive.values())
    if not total and frame.study.control.stopping:
        return "no worker is alive, so nothing runs; hpt-tui run takes it back and goes on"
    if not total:
        return "no worker is alive: the next one to start takes it up (hpt-tui run, or hpt-tui worker)"
    hosts = ", ".join(f"{count} on {host}" for host, count in alive.items())
    return f"{total} worker{'s' * (total != 1)} alive to take it up: {hosts}"


def alive_by_host(frame: Frame) -> dict[str, int]:
    """How many workers live, by machine, this one first."""
    from hpt_tui.domain.worker import WorkerState

    return dict(Counter(view.host for view in frame.workers if view.state is not WorkerState.LOST))


def _document(obeyed: Obeyed) -> Document:
    """``study``, ``storage``, ``orders`` (each as in the journal, with ``said`` and ``in_force``), ``control`` as
    read back, ``alive`` (living workers by machine) and ``kept_here`` (whether a session of this machine keeps
    workers of the study)."""
    frame, control = obeyed.frame, obeyed.frame.study.control
    return {
        "study": frame.study.name,
        "storage": frame.study.storage,
        "orders": order_documents(obeyed.done),
        "control": {
            "paused": control.paused,
            "stopping": control.stopping,
            "at_once": control.at_once,
            "limit": control.limit,
            "deadline": control.deadline,
            "bounds": {name: [bound.low, bound.high] for name, bound in sorted(control.bounds.items())},
            "pruning": sorted(number for number, kill in control.kills.items() if not kill.discard),
            "discarding": sorted(number for number, kill in control.kills.items() if kill.discard),
            "held": sorted(control.held),
            "fixed": dict(sorted(control.fixed.items())),
            "starred": sorted(control.starred),
            "wanted": {host: crew.workers for host, crew in sorted(control.wanted.items())},
        },
        "alive": alive_by_host(frame),
        "kept_here": obeyed.kept,
    }


def order_documents(done: Sequence[Done]) -> list[Document]:
    """Each order as in the journal, with ``said`` and ``in_force``."""
    return [{**one.event.facts(), "said": one.said, "in_force": one.in_force} for one in done]
