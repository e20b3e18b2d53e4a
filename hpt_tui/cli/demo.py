"""``hpt-tui demo``: a real search on real data, from nothing."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

import hpt_tui
from hpt_tui.cli import options
from hpt_tui.errors import InputError

TRIALS = 60
"""Finished trials that the demo's study is to have when nobody says otherwise."""


@click.command("demo")
@options.workers
@options.trials
@options.timeout
@options.max_steps
@options.headless
@options.fail_on
def command(
    workers: int | None,
    trials: int | None,
    timeout: float | None,
    max_steps: int | None,
    headless: bool,
    fail_on: tuple[str, ...],
) -> int:
    """Search the hyperparameters of a small PyTorch network on scikit-learn's digits.

    Real data, real training, a few seconds a trial on one core. The study is kept in an SQLite file in your
    state folder (its path is printed); running the demo again goes on with it.
    """
    missing = [name for name in ("torch", "sklearn") if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError("the demo", f"trains for real and needs {missing[0]}", "pip install 'hpt-tui[train]'")
    from hpt_tui.cli.launch import Plan, play
    from hpt_tui.config import state_dir

    if headless:
        options.need_output()
    else:
        options.need_terminal("use --headless")
    storage = state_dir() / "demo" / "digits.db"
    storage.parent.mkdir(parents=True, exist_ok=True)
    click.echo(f"study: {storage}", err=True)
    plan = Plan(
        target=str(digits_file()),
        storage=str(storage),
        workers=workers,
        trials=trials,
        default_trials=TRIALS,
        timeout=timeout,
        max_steps=max_steps,
    )
    return play(plan, headless=headless, fail_on=fail_on)


def digits_file() -> Path:
    """The demo's study file: in the wheel inside the package, in a checkout beside it."""
    package = Path(hpt_tui.__file__).parent
    places = (package / "studies" / "digits.py", package.parent / "studies" / "digits.py")
    found = next((p for p in places if p.is_file()), None)
    if found is None:
        raise InputError("the demo", "its study file digits.py is missing", "reinstall hpt-tui")
    return found
