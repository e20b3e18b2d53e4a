"""The screen as a verb's end: shown until it is left, and what is said after it.

What is imported here is imported before the first frame: Textual, and as little as possible else.
"""

from __future__ import annotations

import gc
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from hpt_tui.domain import figures
from hpt_tui.store.address import Address

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Cockpit
    from hpt_tui.tui.pump import Outcome


def watch(address: Address, study: str, *, logs: str = "") -> int:
    """The screen on a study that somebody else runs, with its trials' own logs where named; the exit code."""

    def attach() -> Cockpit:
        from hpt_tui.session import Session, Terms

        return Session(address, study, Terms(steering=False, logs=logs))

    return play_screen(attach, study, address)


def play_screen(open_cockpit: Callable[[], Cockpit], title: str, storage: Address, first: str = "") -> int:
    """Show a study until its screen is left; the exit code. ``open_cockpit`` is called in the background, and the
    action ``first`` done once the study is there."""
    # Looking for garbage among what is imported, all of which stays, takes a tenth of the time to the first frame.
    gc.disable()
    from hpt_tui.tui.app import CockpitApp

    try:
        outcome = CockpitApp(open_cockpit, title=title, painted=gc.enable, first=first).run()
    finally:
        gc.enable()
    if outcome is None:
        return 1
    if outcome.error is not None:
        raise outcome.error
    click.echo(_farewell(outcome, storage))
    return 0


def _farewell(outcome: Outcome, storage: Address) -> str:
    """What is left behind, and how to come back to it."""
    from hpt_tui.domain.worker import WorkerState

    silent = f"left without an answer of {storage.label}; " if outcome.unanswered else ""
    if outcome.frame is None:
        return f"{silent}nothing was opened"
    study = outcome.frame.study
    living = sum(w.here and w.state is not WorkerState.LOST for w in outcome.frame.workers)
    best = f"; best {study.metric} {figures.metric(study.best.value)} (#{study.best.number})" if study.best else ""
    if outcome.stopped or not living:
        ended = "" if not outcome.frame.access.steering else ": no worker of this machine is left running"
        return figures.plain(f"{silent}{study.name}{ended}{best}")
    place = storage.path or storage.label
    name = shlex.quote(figures.plain(study.name))
    workers = "1 worker goes" if living == 1 else f"{living} workers go"
    return f"{silent}{workers} on; come back with: hpt-tui attach {shlex.quote(str(place))} --study {name}"
