"""``hpt-tui thresholds``: the numbers that every rule goes by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from hpt_tui.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hpt_tui.domain.judging import Number


@click.command("thresholds")
@click.option("--study", default="", help="As they are for the study of this name.")
@click.option("--json", "as_document", is_flag=True, help="One JSON document on stdout.")
def command(study: str, as_document: bool) -> int:
    """Every threshold that flags, lint and advice go by, as your configuration has it; a changed one is marked
    with *, and its standard value stands beside it. Nothing is written.

    The configuration is a TOML file: [flags], [lint] and [advice] change thresholds by their names, and
    [study.NAME.flags] and so on for the study of that name.
    """
    options.need_output()
    from hpt_tui.config import config_path

    found = [*_all(study)]
    if as_document:
        document: dict[str, object] = {"configuration": str(config_path()), "study": study}
        for group, name, value, standard in found:
            inner = document.setdefault(group, {})
            if isinstance(inner, dict):
                inner[name] = {"value": value, "standard": standard}
        click.echo(json.dumps(document, allow_nan=False))
        return 0
    there = config_path().exists()
    click.echo(f"# {config_path()}{'' if there else ' (is not there: all are the standard ones)'}", err=True)
    for group, of_group in _grouped(found).items():
        click.echo(f"[{group}]")
        for name, value, standard in of_group:
            changed = "" if value == standard else f"  # * standard: {standard}"
            click.echo(f"{name} = {value}{changed}")
    return 0


def _all(study: str) -> Iterator[tuple[str, str, Number, Number]]:
    """Group, name, value, standard value."""
    from hpt_tui.config import limits
    from hpt_tui.domain.judging import GROUPS, STANDARD, thresholds

    now = limits(study)
    for group in GROUPS:
        standard = dict(thresholds(getattr(STANDARD, group)))
        for name, value in thresholds(getattr(now, group)):
            yield group, name, value, standard[name]


def _grouped(
    found: list[tuple[str, str, Number, Number]],
) -> dict[str, list[tuple[str, Number, Number]]]:
    grouped: dict[str, list[tuple[str, Number, Number]]] = {}
    for group, *rest in found:
        grouped.setdefault(group, []).append((rest[0], rest[1], rest[2]))  # type: ignore[arg-type]
    return grouped
