"""``hpt-tui lint``: what is wrong with a search space, before a single trial is run."""

from __future__ import annotations

from dataclasses import replace

import click

from hpt_tui.cli import options
from hpt_tui.domain.practice import Task

_EXIT_CODES = {"error": 4, "warning": 1, "info": 0}


@click.command("lint")
@click.argument("target", metavar="FILE.py|SWEEP.yaml|URL", envvar=options.STORAGE_VARIABLE)
@click.option("--study", help="The study's name in a storage; not needed where there is only one.")
@click.option(
    "--task",
    type=click.Choice([task.replace(" ", "-") for task in Task]),
    help="What is trained: judges optimizer, schedule, learning rate and weight decay by what is usual there.",
)
@click.option("--json", "as_document", is_flag=True, help="One JSON document on stdout.")
@click.option("--fix", is_flag=True, help="The corrected space as Python on stdout; nothing is changed.")
def command(target: str, study: str | None, task: str | None, as_document: bool, fix: bool) -> int:
    """Say what is wrong with a search space: of a study file's StudySpec, of a W&B sweep, or of the study in a
    storage.

    Each finding has its evidence, the reason and a fix. The exit code is 0 if there is nothing but remarks,
    1 with warnings, 4 with errors, and 2 if it cannot be read.
    """
    if as_document and fix:
        raise click.UsageError("--json and --fix exclude each other", click.get_current_context())
    options.need_output()
    from hpt_tui.cli.declarations import declaration
    from hpt_tui.cli.lint_output import as_json, as_python, as_text
    from hpt_tui.config import limits
    from hpt_tui.domain.lint.rules import corrected_space, lint

    found = declaration(target, study)
    if task is not None:
        said = next(known for known in Task if known.replace(" ", "-") == task)
        found = replace(found, declared=replace(found.declared, task=said))
    by = limits(found.name).lint
    findings = lint(found.declared, by)
    if fix:
        click.echo(as_python(found, corrected_space(found.declared, by), findings))
    else:
        click.echo(as_json(found, findings) if as_document else as_text(found, findings))
    return max((_EXIT_CODES[finding.level.value] for finding in findings), default=0)
