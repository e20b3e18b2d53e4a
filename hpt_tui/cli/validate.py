"""``hpt-tui validate``: the best configurations with several seeds each, ranked by their means (G28)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpt_tui.cli import gpu_choice, options
from hpt_tui.domain.candidates import MOST_SEEDS, MOST_TOP, SEEDS, TOP
from hpt_tui.domain.figures import plain
from hpt_tui.errors import InputError

if TYPE_CHECKING:
    from hpt_tui.domain.machine import Packing
    from hpt_tui.domain.snapshot import StudySnapshot

EXPORTS = (".json", ".yaml", ".yml", ".py")


@dataclass(frozen=True, slots=True)
class Wish:
    """What ``validate`` was told beside where the study is."""

    top: int
    seeds: int
    workers: int | None
    packing: Packing | None
    headless: bool
    as_document: bool
    export: Path | None
    unseeded: bool
    ensemble: bool

    @property
    def quiet(self) -> bool:
        """Whether there is no screen."""
        return self.headless or self.as_document


@click.command("validate")
@click.argument("target", metavar="FILE.py[:objective]|URL")
@click.option("--storage", envvar=options.STORAGE_VARIABLE, help="The study's storage; by default FILE.db.")
@click.option("--study", help="The study's name; by default the StudySpec's, or the only one of URL.")
@click.option(
    "--top", type=click.IntRange(1, MOST_TOP), default=TOP, show_default=True, help="How many of the best."
)
@click.option(
    "--seeds", type=click.IntRange(1, MOST_SEEDS), default=SEEDS, show_default=True, help="Runs of each."
)
@options.workers
@gpu_choice.gpus
@gpu_choice.per_gpu
@click.option("--unseeded", is_flag=True, help="The objective's own randomness differs from run to run by itself.")
@click.option("--ensemble/--no-ensemble", default=True, help="Score the ensemble of the winner's runs.")
@click.option("--report", is_flag=True, help="Run nothing: say what the study's runs of the validation came to.")
@click.option(
    "--export", type=click.Path(dir_okay=False, path_type=Path), help="Write the winner: .json, .yaml, .py."
)
@options.headless
@click.option("--json", "as_document", is_flag=True, help="The report as one JSON document; no screen.")
def command(
    target: str,
    storage: str | None,
    study: str | None,
    top: int,
    seeds: int,
    workers: int | None,
    gpus: tuple[str, ...] | None,
    per_gpu: int | None,
    unseeded: bool,
    ensemble: bool,
    report: bool,
    export: Path | None,
    headless: bool,
    as_document: bool,
) -> int:
    """Run the best configurations of a search, and its baseline, once more with several seeds each, and rank them
    by their means. The runs are trials of the same study, beyond its budget, and no pruner ends them. Called again
    it goes on where it was; nothing is run twice.

    hpt-tui validate train.py --top 5 --seeds 3 --export winner.yaml

    hpt-tui validate train.db --report
    """
    options.need_output()
    if export is not None and export.suffix not in EXPORTS:
        raise InputError(str(export), "is none of .json, .yaml and .py", "give it one of these endings")
    packing = gpu_choice.packing_here(gpus, per_gpu)
    wish = Wish(top, seeds, workers, packing, headless, as_document, export, unseeded, ensemble)
    if report:
        return _report(*_stored(target, storage, study), wish)
    path = options.check_target(target)
    if not unseeded:
        check_seed_hook(path)
    from hpt_tui.cli.validate_run import run

    name, place = run(target, storage or str(path.absolute().with_suffix(".db")), study, wish)
    return _report(place, name, wish)


def check_seed_hook(path: Path) -> None:
    """See that the study file, or a module beside it that it imports, asks for the seed of its run.

    Raises:
        InputError: it does not.
    """
    from hpt_tui.session.seed_check import seed_problem

    if problem := seed_problem(path):
        remedy = "seed the objective with it, or add --unseeded if its runs differ by themselves"
        raise InputError(str(path), problem, remedy)


def _stored(target: str, storage: str | None, study: str | None) -> tuple[str, str | None]:
    """Where a report's study is."""
    if Path(target.partition(":")[0]).suffix != ".py":
        return target, study
    path = options.check_target(target)
    place = storage or str(path.absolute().with_suffix(".db"))
    if study is None:
        from hpt_tui.cli.launch import describe

        study = describe(target).name
    return place, study


def _report(storage: str, study: str | None, wish: Wish) -> int:
    from hpt_tui.cli.validate_report import document, lines
    from hpt_tui.domain.validation import validation
    from hpt_tui.errors import OrderRefusedError

    seen = whole_study(storage, study)
    if not seen.single:
        problem = "has several objectives, so there is no one best configuration to validate"
        raise OrderRefusedError(seen.name, problem)
    found = validation(seen)
    if wish.as_document:
        click.echo(json.dumps(document(seen, found), allow_nan=False))
    else:
        for line in lines(seen, found):
            click.echo(plain(line))
    if wish.export is not None:
        from hpt_tui.cli.validate_export import export

        export(wish.export, seen, found)
    return 0 if found.winner is not None and not found.open else 1


def whole_study(storage: str, study: str | None) -> StudySnapshot:
    """The study with the curves of its runs of the validation."""
    from hpt_tui.cli.one_study import study_called
    from hpt_tui.store.address import parse_address
    from hpt_tui.store.reader import open_reader

    address = parse_address(storage)
    reader = open_reader(address, study_called(address, study))
    try:
        found, looked = reader.poll(), False
        while reader.behind or not looked:
            looked = not reader.behind
            found = reader.poll(frozenset(found.trials.columns.validates))
        return found
    finally:
        reader.close()
