"""``hpt-tui lr-find``: a learning rate range test on the user's own model, data and optimizer (G9)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from hpt_tui.cli import gpu_choice, options, orders
from hpt_tui.domain.figures import plain
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.cli.lr_find_report import Report

UNSURE = 1
"""The exit code of a test that nothing sure can be said of."""


class Said(TypedDict):
    """What the options said of the test; None where nothing did."""

    parameter: str
    trial: int | None
    params: tuple[str, ...]
    low: float | None
    high: float | None
    steps: int | None
    storage: str | None
    study: str | None


@click.command("lr-find")
@click.argument("target", metavar="FILE.py[:objective]")
@click.option("--parameter", default="", metavar="PARAM", help="Which one, of several learning rates.")
@click.option("--trial", type=click.IntRange(min=0), metavar="N", help="With this trial's parameters.")
@click.option(
    "--params",
    multiple=True,
    metavar="NAME=VALUE",
    help="With this value; the others are the baseline's. Repeat it.",
)
@click.option("--from", "low", type=float, metavar="X", help="Where the sweep begins; by default 1e-6 or lower.")
@click.option("--to", "high", type=float, metavar="Y", help="Where it ends; by default 10 or higher.")
@click.option(
    "--steps", type=click.IntRange(20, 1_000_000), help="How many; by default about one epoch, 100 to 1,000."
)
@click.option("--gpu", type=gpu_choice.GpuNames(), metavar="N|UUID…", help="By default the first free one.")
@click.option(
    "--png", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="The plot as a picture."
)
@orders.as_document
@click.option("--write", is_flag=True, help="Make the range that is found the study's, after asking.")
@orders.yes
@click.option("--storage", envvar=options.STORAGE_VARIABLE, help="As for run: by default beside FILE.py.")
@orders.study
def command(
    target: str,
    gpu: tuple[str, ...] | None,
    png: Path | None,
    as_document: bool,
    write: bool,
    yes: bool,
    **said: Unpack[Said],
) -> int:
    """Train for about an epoch while the learning rate rises from far too low to far too high, and say where the
    loss falls, where it diverges, and what range to search. Nothing of it is kept.

    FILE.py needs a function lr_find_setup(params) that says what to train; without one, its lines are shown.

    The exit code is 0 if a range was found, 1 if nothing sure can be said, 2 for bad input.
    """
    options.need_output()
    options.check_target(target)
    from hpt_tui.cli import lr_find_process
    from hpt_tui.cli.lr_find_plan import Asked, check, device_for, planned
    from hpt_tui.cli.lr_find_report import report_of

    asked = Asked(target, **said)
    check(asked, write=write, yes=yes)
    if png is not None:
        from hpt_tui.cli.lr_find_png import check_png

        check_png(png)
    device, environment = device_for(gpu)
    try:
        with lr_find_process.RangeProcess(target, environment) as process:
            plan = planned(asked, process.described(), device, write=write)
            report = report_of(plan, *process.sweep(plan.request))
    except lr_find_process.HookMissingError as error:
        click.echo(f"hpt-tui: {plain(error.line)}:\n{error.example}", err=True)
        return error.exit_code
    return _told(report, png, as_document=as_document, ask=not yes, write=write)


def _told(report: Report, png: Path | None, *, as_document: bool, write: bool, ask: bool) -> int:
    """Say what was found, draw it into ``png``, and put it in force where that is wanted."""
    from hpt_tui.cli.lr_find_output import as_json, as_text

    if png is not None:
        from hpt_tui.cli.lr_find_png import draw

        draw(report, png)
    if not as_document:
        click.echo(as_text(report))
    code, obeyed, refused = (0 if report.found.outcome.sure else UNSURE), None, None
    if write and (order := report.order) is not None and report.plan.where is not None:
        try:
            question = f"Let {report.plan.parameter} be searched there from now on" if ask else ""
            obeyed = orders.obey(report.plan.where, order, ask=question)
            code = orders.REFUSED if obeyed is None else code
        except OrderRefusedError as error:
            refused = error
    elif write and report.found.outcome.sure:
        code = orders.REFUSED
    if as_document:
        click.echo(as_json(report, obeyed))
    elif obeyed is not None:
        for line in obeyed.lines:
            click.echo(plain(line))
    if refused is not None:
        raise refused
    return code
