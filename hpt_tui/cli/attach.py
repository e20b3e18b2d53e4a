"""``hpt-tui attach``: the screen on a study that somebody else runs."""

from __future__ import annotations

from collections.abc import Sequence

import click

from hpt_tui.cli import options
from hpt_tui.cli.one_study import studies_of
from hpt_tui.domain.log_template import template_problem
from hpt_tui.errors import InputError
from hpt_tui.store.address import Address, Kind, parse_address
from hpt_tui.store.sqlite_file import study_sizes


@click.command("attach")
@click.argument("storage", metavar="[URL]", envvar=options.STORAGE_VARIABLE, required=False)
@click.option("--study", help="The study's name; not needed where there is only one.")
@click.option(
    "--logs",
    metavar="TEMPLATE",
    default="",
    help="Where trial {number} keeps TensorBoard event files or CSV logs, e.g. 'runs/{number}'; shown as curves.",
)
def command(storage: str | None, study: str | None, logs: str) -> int:
    """Watch a study that somebody else runs: an Optuna storage URL, or the path of an SQLite or journal file.
    Without one, HPT_TUI_STORAGE says where.

    Nothing is written until you confirm that you want to steer. A study that hpt-tui runs can be steered
    from here with every key; another one can be watched.
    """
    if not storage:
        raise click.UsageError("Give a storage's URL or file, or set HPT_TUI_STORAGE", click.get_current_context())
    if logs and (problem := template_problem(logs)):
        raise InputError("--logs", problem)
    address = parse_address(storage)
    names = studies_of(address, study)
    options.need_terminal("attach is the screen itself; hpt-tui run --headless works without one")
    name = study if study is not None else _choose(names, address)
    if name is None:
        return 0
    from hpt_tui.cli.screen import watch

    return watch(address, name, logs=logs)


def _choose(names: Sequence[str], address: Address) -> str | None:
    if len(names) == 1:
        return names[0]
    from hpt_tui.tui.chooser import ChooserApp

    if address.kind is Kind.SQLITE:
        return ChooserApp(study_sizes(address), storage=address.label).run()
    # Counting is dear elsewhere.
    return ChooserApp(names, storage=address.label).run()
