"""``hpt-tui manual``: the learning rate by hand, run by run, guided (G10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hpt_tui.cli import options
from hpt_tui.domain.orders.manual import MOST, BeginManual

if TYPE_CHECKING:
    from hpt_tui.domain.description import Description
    from hpt_tui.domain.frame import Cockpit, Frame
    from hpt_tui.store.address import Address


@click.command("manual")
@click.argument("target", metavar="FILE.py[:objective]")
@click.option(
    "--storage",
    envvar=options.STORAGE_VARIABLE,
    help="Where the study is kept; or HPT_TUI_STORAGE; by default an SQLite file beside FILE.py.",
)
@click.option("--study", help="The study's name; by default the StudySpec's, or the file's.")
@click.option("--lr", "start", type=float, metavar="X", help="The first learning rate; by default the baseline's.")
@click.option("--parameter", default="", metavar="NAME", help="What to change instead of the learning rate.")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="What another parameter is in every run; repeatable.",
)
@click.option(
    "--runs",
    type=click.IntRange(*MOST),
    help="Runs at most; at first 5. With more of them, a loop that ended goes on.",
)
@click.option("--auto", is_flag=True, help="Run what is proposed without being asked.")
@click.option(
    "--headless", is_flag=True, help="As --auto, no screen: JSON lines on stdout, steps on stderr, an exit code."
)
def command(
    target: str,
    storage: str | None,
    study: str | None,
    start: float | None,
    parameter: str,
    given: tuple[str, ...],
    runs: int | None,
    auto: bool,
    headless: bool,
) -> int:
    """Find a good learning rate in 3 to 5 runs: train, read the curve, halve where it oscillates, lower where it
    is stuck, raise where it is slow, stop where it converges well.

    Each run is an ordinary trial of the study. `hpt-tui run FILE.py`, or s on the page, goes on into the search.
    Without a screen the exit code is 0 if a run converged well, else 1.
    """
    from hpt_tui.cli.run import default_storage
    from hpt_tui.store.address import parse_address

    path = options.check_target(target)
    order = BeginManual(parameter, start, _pairs(given), runs)
    address = parse_address(storage or str(default_storage(path)))
    if headless:
        options.need_output()
        from hpt_tui.cli.manual_output import ManualHeadless
        from hpt_tui.cli.unattended import play_headless

        return play_headless(
            lambda: _open(target, address, study, order, auto=True, ends=True),
            (),
            ManualHeadless,
            stop_workers=True,
        )
    options.need_terminal("use --headless")
    from hpt_tui.cli.screen import play_screen

    return play_screen(lambda: _open(target, address, study, order, auto=auto), path.name, address, "manual")


def _pairs(given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = [(name.strip(), text.strip()) for name, _, text in (word.partition("=") for word in given)]
    if bad := next((word for word, pair in zip(given, pairs, strict=True) if not all(pair)), None):
        raise click.UsageError(f"--set {bad!r} is not NAME=VALUE", click.get_current_context())
    return tuple(pairs)


def _open(
    target: str, address: Address, study: str | None, order: BeginManual, *, auto: bool, ends: bool = False
) -> Cockpit:
    """The study, searched by hand from now on, and a worker for it."""
    from hpt_tui.cli.launch import describe
    from hpt_tui.session import Session, Terms
    from hpt_tui.session.by_hand import Follower
    from hpt_tui.session.errand import Errand
    from hpt_tui.store.create import create_study

    described = describe(target)
    name = study or described.name
    _check(address, described, name, order)
    own = order.start is not None or bool(order.given)
    create_study(address, described, name=name, by_hand=True, baseline=not own)
    with Errand(address, name) as errand:
        errand.carry_out((order,))
    session = Session(address, name, Terms(steering=True, workers=1, target=described.file))
    return Follower(session, ends=ends) if auto else session


def _check(address: Address, described: Description, name: str, order: BeginManual) -> None:
    """Whether the study can be searched so: as it stands in the storage, else as the file declares it.

    Raises:
        StudyFileError: the file declares no space, and the study has shown none.
        OrderRefusedError: it cannot.
    """
    from hpt_tui.domain.snapshot import StudySnapshot
    from hpt_tui.errors import StudyFileError

    frame = _known(address, name)
    if not described.declared and (frame is None or not frame.study.space):
        problem = "declares no space and no direction, and by hand both are needed"
        raise StudyFileError(described.file, problem, "declare a StudySpec beside the objective")
    if frame is None:
        from hpt_tui.domain.frame import Frame
        from hpt_tui.domain.trial import Direction
        from hpt_tui.store.distribution_json import range_from_json

        space = {n: found for n, text in described.space.items() if (found := range_from_json(text)) is not None}
        directions = tuple(Direction(word) for word in described.direction.split(","))
        frame = Frame(StudySnapshot(name, directions=directions, declared=space, default=described.baseline))
    order.loop(frame, 0.0)


def _known(address: Address, name: str) -> Frame | None:
    """The study as it is; None where there is none yet."""
    from hpt_tui.errors import StudyNotFoundError
    from hpt_tui.session.errand import Errand

    if address.path is not None and not address.path.exists():
        return None
    try:
        with Errand(address, name) as errand:
            return errand.whole()
    except StudyNotFoundError:
        return None
