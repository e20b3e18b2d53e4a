"""Wiring: a study file, a session over it, and one of the two windows in front."""

from __future__ import annotations

import sys
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hpt_tui.cli import options
from hpt_tui.domain.care import CareWish
from hpt_tui.domain.method import Wish
from hpt_tui.domain.target import target_file
from hpt_tui.errors import InputError, StudyFileError
from hpt_tui.store.address import Address, Kind, parse_address
from hpt_tui.store.sqlite_file import check_sqlite

if TYPE_CHECKING:
    from hpt_tui.domain.description import Description
    from hpt_tui.domain.frame import Cockpit
    from hpt_tui.domain.machine import Packing
    from hpt_tui.domain.phases.wish import PlanWish
    from hpt_tui.domain.stop_when import StopWhen


@dataclass(frozen=True, slots=True)
class Plan:
    """What ``run`` and ``demo`` were told."""

    target: str
    storage: str
    study: str | None = None
    direction: str | None = None
    workers: int | None = None
    """None: one per GPU, or a share of the cores."""
    packing: Packing | None = None
    """Which GPUs are used, and by how many workers each; None: as the study has it."""
    trials: int | None = None
    """The study's budget; None leaves it as it is."""
    default_trials: int | None = None
    """The budget of a study that has none."""
    phases: PlanWish | None = None
    """The plan of phases; None: as the study has it, or its file says."""
    max_steps: int | None = None
    """The budget of reported steps; None leaves it as it is, 0 takes it away."""
    timeout: float | None = None
    """Seconds from now on after which no trial starts any more."""
    care: CareWish = CareWish()
    """What becomes of trials that were lost or failed."""
    wish: Wish = Wish()
    """How to search; None where that is for the study, or its file, to say."""
    stop_when: StopWhen | None = None
    """Which stop rules are watched."""


def play(plan: Plan, *, headless: bool, fail_on: Collection[str]) -> int:
    """Run the plan's search in a window until it is finished or left; the exit code."""
    if fail_on and not headless:
        raise InputError("--fail-on", "works without a screen only", "add --headless")
    address = parse_address(plan.storage)
    if address.kind is Kind.SQLITE and address.file.exists():
        check_sqlite(address, create=True)
    if headless:
        from hpt_tui.cli.unattended import play_headless

        return play_headless(lambda: _open(plan, address), fail_on)
    options.need_terminal("use --headless")
    from hpt_tui.cli.screen import play_screen

    return play_screen(lambda: _open(plan, address), Path(target_file(plan.target)).name, address)


def _open(plan: Plan, address: Address) -> Cockpit:
    from hpt_tui.search.packages import check_packages
    from hpt_tui.session import Session, Terms
    from hpt_tui.store.create import create_study

    description = describe(plan.target)
    if plan.direction:
        description = _directed(description, plan.direction)
    name = plan.study or description.name
    told: list[str] = []
    _check_seeds(plan, description)
    create_study(
        address,
        description,
        name=name,
        budget=plan.trials,
        default_budget=plan.default_trials,
        told=plan.wish,
        approve=check_packages,
        care=plan.care,
        plan=plan.phases,
        steps=plan.max_steps,
        seconds=plan.timeout,
        tell=told.append,
    )
    terms = Terms(
        steering=True, workers=plan.workers, packing=plan.packing, target=description.file, greeting=tuple(told)
    )
    session = Session(address, name, terms)
    if plan.stop_when is None:
        return session
    from hpt_tui.session.stop_watch import StopWatch

    return StopWatch(session, plan.stop_when)


def _check_seeds(plan: Plan, description: Description) -> None:
    """See that the last phase of a plan, which runs the best with several seeds, could tell anything.

    Raises:
        InputError: the study file takes no seed.
    """
    from hpt_tui.domain.phases.plan import PlanKind
    from hpt_tui.domain.phases.wish import parse_plan

    wish = plan.phases or (parse_plan(description.plan) if description.plan else None)
    if wish is None or wish.kind is PlanKind.STAGED or not any(phase.validates for phase in wish.phases):
        return
    from hpt_tui.session.seed_check import seed_problem

    path = Path(target_file(plan.target))
    if problem := seed_problem(path):
        remedy = "seed the objective with it, or validate nothing: --plan phases:top=0"
        raise InputError(str(path), problem, remedy)


def _directed(description: Description, direction: str) -> Description:
    if description.declared and description.direction != direction:
        raise StudyFileError(
            description.file, f"its StudySpec says {description.direction}", f"leave out --direction {direction}"
        )
    return replace(description, direction=direction)


def describe(target: str) -> Description:
    """What the study file declares, asked of a process of its own: this one never imports it.

    Raises:
        StudyFileError: it cannot be run; the line is that process's.
    """
    import subprocess

    from hpt_tui.domain.description import Description

    command = [sys.executable, "-P", "-m", "hpt_tui.worker", "describe", target]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode == 0:
        return Description.from_json(done.stdout)
    lines = done.stderr.strip().splitlines() or ["it ended without a word"]
    subject, _, problem = lines[-1].partition(": ")
    raise StudyFileError(subject, problem or f"cannot be loaded (exit code {done.returncode})")
