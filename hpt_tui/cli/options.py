"""Options that several verbs share, and what they mean."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hpt_tui.domain.method import LARGEST_SEED, Pruning, Sampling
from hpt_tui.domain.target import is_sweep, target_file
from hpt_tui.errors import InputError, StudyFileError

if TYPE_CHECKING:
    from hpt_tui.domain.phases.wish import PlanWish
    from hpt_tui.domain.stop_when import StopWhen

AUTO = "auto"
STORAGE_VARIABLE = "HPT_TUI_STORAGE"
"""Where every verb finds the storage's URL when it is not told: an argument shows its password to ``ps``."""


class WorkerCount(click.ParamType[int | None]):
    """A number of workers, or ``auto`` (None): one per GPU, or a share of the cores."""

    name = "N|auto"

    def convert(
        self, value: str | int | None, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        if value is None or isinstance(value, int):
            return value
        if value == AUTO:
            return None
        if not value.isdigit() or not 1 <= int(value) <= 1024:
            self.fail(f"{value!r} is neither a number of workers from 1 to 1024 nor 'auto'", param, ctx)
        return int(value)


class FlagIds(click.ParamType[tuple[str, ...]]):
    """Flag ids, separated by commas; ``any`` for all of them."""

    name = "FLAG,…"

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        from hpt_tui.domain.flags.rules import FLAG_IDS

        wanted = tuple(x.strip() for x in value.split(",") if x.strip())
        if wanted == ("any",):
            return FLAG_IDS
        if unknown := [x for x in wanted if x not in FLAG_IDS]:
            self.fail(f"there is no flag {unknown[0]!r}; there are {', '.join(FLAG_IDS)}", param, ctx)
        return wanted


class Directions(click.ParamType[str]):
    """``minimize`` or ``maximize``; for several objectives one each, in their order, with a comma between them."""

    name = "minimize|maximize,…"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        wanted = [x.strip() for x in value.split(",")]
        if wrong := [x for x in wanted if x not in ("minimize", "maximize")]:
            self.fail(f"{wrong[0]!r} is neither 'minimize' nor 'maximize'", param, ctx)
        return ",".join(wanted)


class StopRules(click.ParamType["StopWhen"]):
    """Stop rules, separated by commas, as :func:`~hpt_tui.domain.stop_when.parse_stop_when` reads them."""

    name = "RULE[=LIMIT][:warn],…"

    def convert(self, value: str | StopWhen, param: click.Parameter | None, ctx: click.Context | None) -> StopWhen:
        from hpt_tui.domain.stop_when import parse_stop_when

        if not isinstance(value, str):
            return value
        try:
            return parse_stop_when(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class PlanOfPhases(click.ParamType["PlanWish"]):
    """A plan of phases, as :func:`~hpt_tui.domain.phases.wish.parse_plan` reads it."""

    name = "phases[:SIZE=N,…]|staged"

    def convert(self, value: str | PlanWish, param: click.Parameter | None, ctx: click.Context | None) -> PlanWish:
        from hpt_tui.domain.phases.wish import parse_plan

        if not isinstance(value, str):
            return value
        try:
            return parse_plan(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Duration(click.ParamType[float]):
    """A time greater than 0, with units or in seconds: ``40h``, ``30m``, ``1h30m``, ``2d``, ``90``. In seconds."""

    name = "TIME"
    longest = 1e11
    """Seconds: some three thousand years."""

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from hpt_tui.domain.durations import seconds

        found = seconds(value) if isinstance(value, str) else value
        if found is None or not 0 < found <= self.longest:
            self.fail(f"{value!r} is no time; write 40h, 30m, 1h30m, 2d or 90s", param, ctx)
        return found


workers = click.option(
    "--workers",
    type=WorkerCount(),
    default=AUTO,
    show_default=True,
    help="Worker processes on this machine; auto is one per GPU, or a share of the cores.",
)
trials = click.option(
    "--trials", type=click.IntRange(1, 10_000_000), help="Finished trials that the study is to have in all."
)
plan = click.option(
    "--plan",
    type=PlanOfPhases(),
    help="Explore (100 trials), refine round the best 10 (50), validate the best 5 with 3 seeds each; or staged: "
    "tier by tier. Sizes: phases:explore=40,refine=20,top=3,seeds=3. By default as the StudySpec says.",
)
timeout = click.option(
    "--timeout",
    type=Duration(),
    help="No trial starts so long after this run began, e.g. 2h; running ones finish.",
)
max_steps = click.option(
    "--max-steps",
    type=click.IntRange(0, 10**12),
    help="Steps that all trials of the study may report together; 0 takes that limit away.",
)
strategy = click.option(
    "--strategy",
    type=click.Choice([s.value for s in Sampling]),
    help="How configurations are chosen; by default as before, as the StudySpec says, or tpe.",
)
pruner = click.option(
    "--pruner",
    type=click.Choice([p.value for p in Pruning]),
    help="What ends hopeless trials; by default likewise, or median.",
)
seed = click.option(
    "--seed", type=click.IntRange(0, LARGEST_SEED), help="One worker repeats a search with it exactly."
)
retries = click.option(
    "--retries",
    type=click.IntRange(0, 100),
    help="How often a trial that was lost with its worker is tried once more; kept with the study.",
)
retry_failed = click.option(
    "--retry-failed/--no-retry-failed",
    default=None,
    help="With --retries: try trials that failed with an error once more, too.",
)
on_oom = click.option(
    "--on-oom",
    type=click.Choice(["fail", "retry-alone", "pack-less"]),
    help="What becomes of a trial that ran out of memory; kept with the study, at first fail.",
)
headless = click.option(
    "--headless", is_flag=True, help="No screen: JSON lines on stdout, progress on stderr, an exit code."
)
stop_when = click.option(
    "--stop-when",
    type=StopRules(),
    help="Stop rules that end the search: same-best, no-improvement, improvement, time=40h, gpu-hours=80, trials; "
    "with :warn they only say so.",
)
fail_on = click.option(
    "--fail-on",
    type=FlagIds(),
    default=(),
    help="With --headless: flags that stop the study and make the exit code 3; 'any' for all.",
)


def need_terminal(instead: str) -> None:
    """A screen needs a terminal on both ends.

    Raises:
        InputError: there is none.
    """
    if not all(end is not None and end.isatty() for end in (sys.stdin, sys.stdout)):
        raise InputError("the screen", "needs a terminal", instead)


def need_output() -> None:
    """Without a screen, what there is to say goes to stdout.

    Raises:
        InputError: it was closed before we started.
    """
    if sys.stdout is None:
        raise InputError("stdout", "is closed", "send it to a file, or to /dev/null")


def check_target(target: str) -> Path:
    """The file of ``FILE.py[:objective]``, after the checks that cost nothing: it is there, and it parses.

    Raises:
        StudyFileError: it is missing, no Python file, or has a syntax error.
        InputError: it is a YAML file, and no sweep.
    """
    path = Path(target_file(target)).expanduser()
    if path.is_dir():
        raise StudyFileError(str(path), "is a folder", "name the Python file in it")
    if not path.is_file():
        raise StudyFileError(str(path), "there is no such file")
    if is_sweep(target):
        from hpt_tui.store.sweep_yaml import read_sweep

        read_sweep(path)
        return path
    if path.suffix != ".py":
        raise StudyFileError(str(path), "is no Python file", "name a .py file that holds an objective")
    try:
        compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise StudyFileError(f"{path}:{error.lineno}", f"syntax error: {error.msg}") from error
    except (OSError, ValueError) as error:
        raise StudyFileError(str(path), f"cannot be read ({error})") from error
    return path
