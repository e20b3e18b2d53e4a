"""The winner of the final validation as a file: JSON, YAML or Python."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from pprint import pformat

import click
import yaml

from hpt_tui.domain.figures import plain
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.validation import Validation
from hpt_tui.domain.validation_words import scored_runs
from hpt_tui.errors import InputError


def export(path: Path, study: StudySnapshot, found: Validation) -> None:
    """Write the winner's parameters, its mean and deviation, and where they come from.

    Raises:
        InputError: there is no winner, or the file cannot be written.
    """
    winner = found.winner
    row = None if winner is None else study.by_number.get(winner.candidate.of)
    if winner is None or row is None:
        raise InputError(str(path), "is not written: no configuration has been validated")
    document: Mapping[str, object] = {
        "params": dict(row.params),
        "metric": study.metric,
        "direction": study.direction.value,
        "mean": winner.mean,
        "std": winner.deviation,
        "n": len(winner.values),
        "study": study.name,
        "trial": winner.candidate.of,
        "validation_trials": [*scored_runs(winner)],
    }
    try:
        path.write_text(_text(path.suffix, document))
    except OSError as error:
        raise InputError(str(path), f"cannot be written ({error.strerror or error})") from error
    click.echo(plain(f"the winner is written to {path}"), err=True)


def _text(suffix: str, document: Mapping[str, object]) -> str:
    if suffix == ".json":
        return json.dumps(document, indent=2) + "\n"
    if suffix == ".py":
        rest = {name: value for name, value in document.items() if name != "params"}
        return f"PARAMS = {pformat(document['params'])}\n\nVALIDATION = {pformat(rest, sort_dicts=False)}\n"
    return str(yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=True))
