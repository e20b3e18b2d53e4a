"""``hpt-tui fork``: a successor of a study, for what Optuna forbids within one."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

import click

from hpt_tui.cli import orders
from hpt_tui.domain.figures import count, plain
from hpt_tui.domain.redeclare import Redeclaration, gathered
from hpt_tui.errors import InputError, OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.forking import Fork, Kept
    from hpt_tui.domain.frame import Frame
    from hpt_tui.store.fork import Forked


@click.command("fork", cls=orders.StorageFirst)
@orders.on_a_study
@click.option("--name", help="What the fork is called; by default the study's name with the next number.")
@click.option("--choices", multiple=True, metavar="PARAM=A,B,…", help="All choices of a categorical parameter.")
@click.option("--log", multiple=True, metavar="PARAM", help="Search it on a log scale.")
@click.option("--linear", multiple=True, metavar="PARAM", help="Search it on a linear scale.")
@click.option("--float", "floats", multiple=True, metavar="PARAM", help="Floats in place of whole numbers.")
@click.option("--range", "ranges", multiple=True, metavar="PARAM=LOW..HIGH", help="New bounds along with these.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@orders.yes
def command(
    storage: str,
    study: str | None,
    as_document: bool,
    name: str | None,
    choices: tuple[str, ...],
    log: tuple[str, ...],
    linear: tuple[str, ...],
    floats: tuple[str, ...],
    ranges: tuple[str, ...],
    dry_run: bool,
    yes: bool,
) -> int:
    """Go on with other choices, on another scale, or with floats for whole numbers, which Optuna forbids within a
    study: a new study with all trials that fit, linked to the old one. Every worker ends its trial and goes on
    there; your code stays as it is. Ordered again after an interruption, it goes on where it was.

    hpt-tui fork study.db --choices optimizer=sgd,adamw,lion --log lr --range lr=1e-5..1e-1
    """
    if name is not None and not name.strip():
        raise InputError("--name", "is empty", "name the fork, or leave the option out")
    changes = gathered(choices, log, linear, floats, ranges)
    return _fork(orders.Where(storage, study, as_document), changes, name, dry_run=dry_run, yes=yes)


def _fork(
    where: orders.Where, changes: tuple[Redeclaration, ...], name: str | None, *, dry_run: bool, yes: bool
) -> int:
    from hpt_tui.cli.one_study import studies_of
    from hpt_tui.domain.forking import kept, next_name, plan_fork, sentences
    from hpt_tui.store.address import parse_address

    address = parse_address(where.storage)
    with orders.open_errand(where) as errand:
        frame = errand.whole()
        seen = frame.study
        if not (seen.leases or seen.study_file) and seen.running:
            problem = "its running trials are no hpt-tui worker's, and would not move over"
            raise OrderRefusedError(seen.name, problem, "fork it once they have ended")
        called = name or seen.successor or next_name(seen.name, studies_of(address, None))
        fork, alive = plan_fork(seen, changes, called), sum(orders.alive_by_host(frame).values())
        for line in sentences(seen, fork, alive):
            orders.narrate(line)
        if not dry_run and not yes and not orders.agreed(f"fork {seen.name} into {called}"):
            orders.narrate("nothing was changed")
            return orders.REFUSED
    done = None
    if not dry_run:
        from hpt_tui.store.fork import make_fork

        done = make_fork(address, fork, _Progress())
    if where.as_document:
        click.echo(json.dumps(_document(frame, fork, kept(seen, fork), done), allow_nan=False))
    elif done is not None:
        followers = f"; {count(alive)} worker{'s' * (alive != 1)} to follow, each once its trial has ended"
        more = followers if alive else ""
        click.echo(plain(f"{fork.study} goes on in {fork.name}: {count(done.copied)} trials copied{more}"))
    return 0


class _Progress:
    """Says on stderr how far the copying is, about once a second."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last >= 1.0:
            self._last = now
            on_terminal = sys.stderr is not None and sys.stderr.isatty()
            click.echo(
                f"copied {count(done)} of {count(total)} trials{chr(13) * on_terminal}",
                nl=not on_terminal,
                err=True,
            )


def _document(frame: Frame, fork: Fork, found: Kept, done: Forked | None) -> orders.Document:
    """``study``, ``storage``, ``successor``, ``changes`` (parameter -> ``before`` and ``after`` in words), the
    numbers of finished, kept, running and waiting trials, ``misfits`` by parameter, ``budget``, ``alive`` (workers
    by machine), and ``copied`` and ``resumed``, null in a dry run."""
    from hpt_tui.domain.redeclare import declared_text

    return {
        "study": fork.study,
        "storage": frame.study.storage,
        "successor": fork.name,
        "changes": {
            name: {"before": declared_text(fork.before[name]), "after": declared_text(new)}
            for name, new in fork.after.items()
        },
        "finished": found.finished,
        "kept": found.kept,
        "misfits": dict(found.misfits),
        "running": found.running,
        "waiting": found.waiting,
        "budget": frame.study.budget,
        "alive": orders.alive_by_host(frame),
        "copied": None if done is None else done.copied,
        "resumed": None if done is None else done.resumed,
    }
