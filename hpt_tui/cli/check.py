"""``hpt-tui check``: what is wrong with a search that has been running, and whether to go on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from hpt_tui.cli import options, orders
from hpt_tui.errors import InputError

if TYPE_CHECKING:
    from hpt_tui.cli.notify import Tell
    from hpt_tui.domain.checkup import Checkup
    from hpt_tui.store.address import Address

EVERY = 30.0
"""Seconds between two looks while watching."""


class _Check(orders.StorageFirst):
    """``--explain`` needs no storage."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, [*args])
        except click.MissingParameter:
            if not any(a.partition("=")[0] == "--explain" for a in args):
                raise
            return super().parse_args(ctx, ["-", *args])


class Said(TypedDict):
    """What the command line said; None where nothing did."""

    storage: str
    study: str | None
    as_document: bool
    markdown: bool
    against: tuple[str, ...]
    trials: int | None
    timeout: float | None
    gpu_hours: float | None
    max_steps: int | None
    watch: bool
    every: float | None
    notify: tuple[str, ...]


@click.command("check", cls=_Check)
@orders.on_a_study
@click.option("--markdown", is_flag=True, help="For an issue or a report.")
@click.option(
    "--against", metavar="STUDY", multiple=True, help="Another search of the storage to compare bests with."
)
@options.trials
@click.option("--timeout", type=options.Duration(), help="The time that the search may take, e.g. 40h.")
@click.option(
    "--gpu-hours", type=click.FloatRange(min=0, min_open=True), help="What it may cost, over all trials."
)
@click.option("--max-steps", type=click.IntRange(min=1), help="The steps that all trials may report together.")
@click.option("--watch", is_flag=True, help="Look again and again, and print what changes.")
@click.option("--every", type=options.Duration(), help=f"Between two looks; {EVERY:.0f}s if not given.")
@click.option(
    "--notify",
    metavar="bell|desktop|URL|apprise:URL",
    multiple=True,
    help="Say it there, too, when a warning comes up or a stop rule fires.",
)
@click.option(
    "--explain", metavar="RULE", help="Say what a rule is, e.g. G24.3 or edge, and why; look at nothing."
)
def command(explain: str | None, **said: Unpack[Said]) -> int:
    """Every red flag of a study with its evidence, likely cause and fix; the debugging checklist; how far it is
    from each stop rule. Nothing is written.

    The exit code is 0 if there is nothing but remarks, 1 with warnings, 4 with something critical, and 2 if the
    study cannot be read. Stop rules that fire leave it as it is.
    """
    options.need_output()
    if explain is not None:
        return _explained(explain)
    _fitting(said)
    from hpt_tui.cli.check_watch import watched
    from hpt_tui.cli.notify import notifiers
    from hpt_tui.domain.stopping import Budget
    from hpt_tui.session.lookout import Lookout
    from hpt_tui.store.address import parse_address

    tell = notifiers(said["notify"])
    address = parse_address(said["storage"])
    name = _searches(address, said["study"], said["against"])
    budget = Budget(said["trials"], said["timeout"], said["gpu_hours"], said["max_steps"])
    with Lookout(address, name, said["against"], budget) as lookout:
        if said["watch"]:
            return watched(lookout, said["every"] or EVERY, tell, as_document=said["as_document"])
        found = lookout.look()
    return _shown(found, tell, as_document=said["as_document"], markdown=said["markdown"])


def _searches(address: Address, study: str | None, against: tuple[str, ...]) -> str:
    """The name of the study; those that it is compared with are there, too.

    Raises:
        InputError: one is not, or is the study itself.
    """
    from hpt_tui.cli.one_study import studies_of, study_called

    name = study_called(address, study)
    for other in against:
        studies_of(address, other)
        if other == name:
            raise InputError("--against", f"{other} is the study itself", "name another one")
    return name


def _shown(found: Checkup, tell: Tell, *, as_document: bool, markdown: bool) -> int:
    from hpt_tui.cli.check_output import as_json, as_markdown, as_text
    from hpt_tui.cli.check_watch import notice_of

    show = as_json if as_document else as_markdown if markdown else as_text
    click.echo(show(found))
    if (text := notice_of(found)) is not None:
        tell(found.study.name, text)
    return exit_code(found)


def exit_code(found: Checkup) -> int:
    """0, 1 or 4, as the help says it."""
    return {"critical": 4, "warning": 1}.get("" if found.worst is None else found.worst.value, 0)


def _fitting(said: Said) -> None:
    context = click.get_current_context()
    if said["markdown"] and (said["as_document"] or said["watch"]):
        other = "json" if said["as_document"] else "watch"
        raise click.UsageError(f"--markdown and --{other} exclude each other", context)
    if said["every"] is not None and not said["watch"]:
        raise click.UsageError("--every: works with --watch only", context)


def _explained(wanted: str) -> int:
    from hpt_tui.cli.page import wrapped
    from hpt_tui.domain.rulebook import find_rules

    found = find_rules(wanted)
    if not found:
        raise InputError("--explain", f"there is no rule {wanted!r}", "name one like G24.3, G26, C2 or edge")
    for at, rule in enumerate(found):
        flag = f" {rule.flag}" if rule.flag else ""
        lines = [*([""] if at else []), *wrapped(f"{rule.id}{flag}: {rule.title}", "", "  ")]
        lines += [*wrapped(rule.reason, "  why   "), *wrapped(rule.correction, "  do    ")]
        click.echo("\n".join(lines))
    return 0
