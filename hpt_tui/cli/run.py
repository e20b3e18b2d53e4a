"""``hpt-tui run``: a study file's search, on this machine's GPUs or cores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from hpt_tui.cli import gpu_choice, options
from hpt_tui.domain.target import is_sweep

if TYPE_CHECKING:
    from hpt_tui.domain.phases.wish import PlanWish
    from hpt_tui.domain.stop_when import StopWhen


class Said(TypedDict):
    """What the options said; None where nothing did."""

    storage: str | None
    study: str | None
    direction: str | None
    workers: int | None
    gpus: tuple[str, ...] | None
    per_gpu: int | None
    trials: int | None
    plan: PlanWish | None
    timeout: float | None
    max_steps: int | None
    strategy: str | None
    pruner: str | None
    seed: int | None
    retries: int | None
    retry_failed: bool | None
    on_oom: str | None
    stop_when: StopWhen | None


@click.command("run")
@click.argument("target", metavar="FILE.py[:objective]|SWEEP.yaml")
@click.option(
    "--storage",
    envvar=options.STORAGE_VARIABLE,
    help="Where the study is kept; or HPT_TUI_STORAGE; by default an SQLite file beside FILE.py.",
)
@click.option("--study", help="The study's name; by default the StudySpec's, or the file's.")
@click.option(
    "--direction",
    type=options.Directions(),
    help="For a file without StudySpec; with several objectives one each: minimize,maximize.",
)
@options.workers
@gpu_choice.gpus
@gpu_choice.per_gpu
@options.trials
@options.plan
@options.timeout
@options.max_steps
@options.strategy
@options.pruner
@options.seed
@options.retries
@options.retry_failed
@options.on_oom
@options.stop_when
@options.headless
@options.fail_on
def command(target: str, headless: bool, fail_on: tuple[str, ...], **said: Unpack[Said]) -> int:
    """Run the search of a study file, and steer it while it runs.

    FILE.py holds an Optuna objective, not a line of it changed, or a StudySpec beside one. Running it again
    goes on with the same study; a second `run` beside the first joins it.

    Of a W&B sweep's YAML the program is run for each trial, not a line of it changed: what it reads from
    wandb.config is the trial's, and what it gives to wandb.log is reported. Nothing is sent to W&B.
    """
    if headless:
        options.need_output()
    path = options.check_target(target)
    from hpt_tui.cli.launch import Plan, play
    from hpt_tui.domain.care import CareWish, OnOom
    from hpt_tui.domain.method import wish

    on_oom = said["on_oom"]
    launched = Plan(
        target=target,
        storage=said["storage"] or str(default_storage(path)),
        study=said["study"],
        direction=said["direction"],
        workers=said["workers"],
        packing=gpu_choice.packing_here(said["gpus"], said["per_gpu"]),
        trials=said["trials"],
        timeout=said["timeout"],
        max_steps=said["max_steps"],
        default_trials=_run_cap(path),
        phases=said["plan"],
        wish=wish(said["strategy"] or "", said["pruner"] or "", said["seed"]),
        care=CareWish(said["retries"], said["retry_failed"], OnOom(on_oom) if on_oom else None),
        stop_when=said["stop_when"],
    )
    return play(launched, headless=headless, fail_on=fail_on)


def _run_cap(path: Path) -> int | None:
    """How many runs a sweep is to have; None for a study file."""
    if not is_sweep(path.name):
        return None
    from hpt_tui.store.sweep_yaml import read_sweep

    return read_sweep(path).run_cap


def default_storage(file: Path) -> Path:
    """The SQLite file that ``run`` keeps a study in: beside the study file, with its name."""
    return file.absolute().with_suffix(".db")
