"""Wiring: a study file or a storage, a session over it, and one of the two windows in front."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from hpt_tui.cli import options
from hpt_tui.domain import figures
from hpt_tui.domain.description import Description
from hpt_tui.domain.frame import Cockpit
from hpt_tui.domain.order import StopStudy
from hpt_tui.domain.worker import WorkerState
from hpt_tui.errors import InputError, StudyFileError
from hpt_tui.store.address import Address, Kind, parse_address
from hpt_tui.store.sqlite_file import check_sqlite
from hpt_tui.study_file import target_file

if TYPE_CHECKING:
    from hpt_tui.tui.pump import Outcome


@dataclass(frozen=True, slots=True)
class Plan:
    """What ``run`` and ``demo`` were told."""

    target: str
    storage: str
    study: str | None = None
    direction: str | None = None
    workers: int | None = None
    """None: one per GPU, or a share of the cores."""
    trials: int | None = None
    """The study's budget; None leaves it as it is."""
    default_trials: int | None = None
    """The budget of a study that has none."""


def play(plan: Plan, *, headless: bool, fail_on: Collection[str]) -> int:
    """Run the plan's search in a window until it is finished or left; the exit code."""
    if fail_on and not headless:
        raise InputError("--fail-on", "works without a screen only", "add --headless")
    address = parse_address(plan.storage)
    if address.kind is Kind.SQLITE and address.file.exists():
        check_sqlite(address, create=True)
    if headless:
        return _play_headless(lambda: _open(plan, address), fail_on)
    options.need_terminal("use --headless")
    return _play_screen(lambda: _open(plan, address), Path(target_file(plan.target)).name, address)


def watch(address: Address, study: str, *, logs: str = "") -> int:
    """The screen on a study that somebody else runs, with its trials' own logs where named; the exit code."""
    if address.kind is Kind.SQLITE:
        check_sqlite(address, create=False)

    def attach() -> Cockpit:
        from hpt_tui.session import Session, Terms

        return Session(address, study, Terms(steering=False, logs=logs))

    return _play_screen(attach, study, address)


def _open(plan: Plan, address: Address) -> Cockpit:
    from hpt_tui.session import Session, Terms
    from hpt_tui.store.create import create_study

    description = describe(plan.target)
    if plan.direction:
        description = _directed(description, plan.direction)
    name = plan.study or description.name
    create_study(address, description, name=name, budget=plan.trials, default_budget=plan.default_trials)
    return Session(address, name, Terms(steering=True, workers=plan.workers, target=description.file))


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
    command = [sys.executable, "-P", "-m", "hpt_tui.worker", "describe", target]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode == 0:
        return Description.from_json(done.stdout)
    lines = done.stderr.strip().splitlines() or ["it ended without a word"]
    subject, _, problem = lines[-1].partition(": ")
    raise StudyFileError(subject, problem or f"cannot be loaded (exit code {done.returncode})")


def _play_screen(open_cockpit: Callable[[], Cockpit], title: str, storage: Address) -> int:
    from hpt_tui.tui.app import CockpitApp

    app = CockpitApp(open_cockpit, title=title)
    outcome = app.run()
    if outcome is None:
        return 1
    if outcome.error is not None:
        raise outcome.error
    click.echo(_farewell(outcome, storage))
    return 0


def _farewell(outcome: Outcome, storage: Address) -> str:
    """What is left behind, and how to come back to it."""
    if outcome.frame is None:
        return "nothing was opened"
    study = outcome.frame.study
    living = sum(w.here and w.state is not WorkerState.LOST for w in outcome.frame.workers)
    best = f"; best {study.metric} {figures.metric(study.best.value)} (#{study.best.number})" if study.best else ""
    if outcome.stopped or not living:
        ended = "" if not outcome.frame.access.steering else ": no worker of this machine is left running"
        return figures.plain(f"{study.name}{ended}{best}")
    place = storage.path or storage.label
    name = shlex.quote(figures.plain(study.name))
    workers = "1 worker goes" if living == 1 else f"{living} workers go"
    return f"{workers} on; come back with: hpt-tui attach {shlex.quote(str(place))} --study {name}"


def _play_headless(open_cockpit: Callable[[], Cockpit], fail_on: Collection[str]) -> int:
    from hpt_tui.headless import Headless

    cockpit = open_cockpit()
    wake = threading.Event()
    with _signals(cockpit, wake) as received:
        try:
            code = Headless(cockpit, sys.stdout, sys.stderr, wake.wait, fail_on).run()
        except BrokenPipeError:
            # Whoever read our lines has gone; the workers go on, as they do without a screen.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
    cockpit.close(stop_workers=False)
    return 128 + received[0] if received and received[0] == signal.SIGTERM else code


@contextlib.contextmanager
def _signals(cockpit: Cockpit, wake: threading.Event) -> Iterator[list[int]]:
    """The first Ctrl-C lets the running trials finish; a second one, or SIGTERM, ends them at once."""
    received: list[int] = []

    def obey(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if len(received) > 2:
            # The storage may never answer; the workers see to their trials by themselves.
            raise KeyboardInterrupt
        at_once = number == signal.SIGTERM or len(received) > 1
        cockpit.submit(StopStudy(at_once=at_once))
        patient = "finishing the running trials; Ctrl-C again ends them now"
        words = "ending the running trials" if at_once else patient
        sys.stderr.write(f"\nhpt-tui: {words}\n")
        wake.set()

    before = {n: signal.signal(n, obey) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
