"""Running the final validation: what is missing made waiting, workers for it, and the ensemble at the end."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from hpt_tui.cli import options, orders
from hpt_tui.cli.launch import describe
from hpt_tui.cli.one_study import study_called
from hpt_tui.cli.validate import Wish, whole_study
from hpt_tui.domain import figures
from hpt_tui.domain.candidates import candidates, check_validation, missing_runs, open_runs
from hpt_tui.domain.endings import Endings
from hpt_tui.domain.orders.validation import Validate, seconds_left
from hpt_tui.domain.progress import to_validate
from hpt_tui.domain.snapshot import Ensemble, StudySnapshot
from hpt_tui.domain.validation import validation
from hpt_tui.domain.validation_words import scored_runs
from hpt_tui.domain.worker import WorkerState
from hpt_tui.errors import OrderRefusedError
from hpt_tui.store.address import Address, parse_address

if TYPE_CHECKING:
    from hpt_tui.domain.description import Description
    from hpt_tui.domain.frame import Cockpit, Frame
    from hpt_tui.store.control import StudyControl

GLANCE = 0.5
"""Seconds between two looks without a screen."""


def run(target: str, storage: str, study: str | None, wish: Wish) -> tuple[str, str]:
    """Make all runs that are missing, see them through, and score the ensemble; the study's name and its storage.

    Raises:
        OrderRefusedError: the study cannot be validated as it is; nothing was written.
        InputError, StorageLostError: it cannot be opened, or went away.
    """
    from hpt_tui.session.errand import Errand

    if not wish.quiet:
        options.need_terminal("use --headless")
    address, description = parse_address(storage), describe(target)
    name, order = study_called(address, study or description.name), Validate(wish.top, wish.seeds, wish.unseeded)
    with Errand(address, name) as errand:
        frame = errand.whole()
        _check(frame, order)
        orders.narrate(_plan(frame, order))
        halted = frame.study.control.stops_by(frame.now) and to_validate(frame.study)
        if halted or missing_runs(frame.study, order.top, order.seeds):
            errand.carry_out((order,))
            frame = errand.frame
        waiting = open_runs(frame.study)
    if waiting:
        _play(address, name, description, wish, order, frame)
    if wish.ensemble:
        _score(address, name, description, storage)
    return name, storage


def _check(frame: Frame, order: Validate) -> None:
    check_validation(frame.study, order.top, order.seeds)
    if frame.study.control.paused:
        raise OrderRefusedError(frame.study.name, "is paused, so no run would start", "hpt-tui resume URL first")


def _plan(frame: Frame, order: Validate) -> str:
    study, one = frame.study, order.seeds == 1
    missing = missing_runs(study, order.top, order.seeds)
    lasting = seconds_left(study, order.top, order.seeds, 1)
    about = f", about {figures.about(lasting)} of training" if lasting is not None else ""
    waiting = f", {open_runs(study)} under way" if open_runs(study) else ""
    warning = "; one seed tells nothing of the noise" if one else ""
    chosen = f"{len(candidates(study, order.top))} configurations x {order.seeds} seed{'' if one else 's'}"
    return f"{study.name}: validating {chosen}: {len(missing)} to run{waiting}{about}{warning}"


def _play(
    address: Address, name: str, description: Description, wish: Wish, order: Validate, frame: Frame
) -> None:
    """See the runs through, with workers of this machine unless some are at work here already."""
    from hpt_tui.session import Session, Terms
    from hpt_tui.session.validating import Validating

    ours = not any(view.here and view.state is not WorkerState.LOST for view in frame.workers)
    workers, packing = (wish.workers, wish.packing) if ours else (0, None)
    terms = Terms(steering=True, workers=workers, packing=packing, target=description.file, validating=True)

    def open_cockpit() -> Cockpit:
        return Validating(Session(address, name, terms), order)

    if wish.quiet:
        _watch(open_cockpit())
    else:
        from hpt_tui.cli.screen import play_screen

        play_screen(open_cockpit, name, address)
    study = whole_study(address.url, name)
    waiting = open_runs(study)
    left = waiting + len(missing_runs(study, order.top, order.seeds))
    if left and wish.quiet:
        orders.narrate(f"{name}: {left} run{'s' * (left > 1)} to come: the same command goes on with them")
    if ours and not waiting:
        restore(address, name, frame.study)


def _watch(cockpit: Cockpit) -> None:
    """Say on stderr what comes of each run, until there is none left. Ctrl-C lets the running ones finish."""
    from hpt_tui.cli.unattended import signals

    endings, wake = Endings(), threading.Event()
    with signals(cockpit, wake):
        while True:
            frame = cockpit.tick()
            for notice in frame.notices:
                orders.narrate(notice.text)
            for trial in endings.newly(frame.study):
                if trial.validates is not None:
                    told = f"#{trial.validates.of} with seed {trial.validates.seed}"
                    why = f" ({trial.reason})" if trial.reason else ""
                    value = "" if trial.value is None else f" {figures.metric(trial.value)}"
                    left = f"{open_runs(frame.study)} to come"
                    orders.narrate(f"{told}: #{trial.number} {trial.state}{value}{why}; {left}")
            if frame.finished:
                break
            wake.wait(GLANCE)
    cockpit.close(stop_workers=False)


def restore(address: Address, name: str, before: StudySnapshot) -> None:
    """Let this machine want as many workers of the search as ``before``, now that all runs are there; unless
    somebody has since asked for workers of the search."""
    host = socket.gethostname()
    was, crew = before.control.wanted.get(host), whole_study(address.url, name).control.wanted.get(host)
    if crew is None or crew.validating:
        with _control(address, name) as control:
            control.want(host, 0 if was is None or was.validating else was.workers, time.time())


def _score(address: Address, name: str, description: Description, storage: str) -> None:
    """Let the study file score the ensemble of the winner's runs, unless it is known; what goes wrong is told."""
    from hpt_tui.store.validation import members_of, write_ensemble

    study = whole_study(storage, name)
    winner = validation(study).winner
    runs = () if winner is None else scored_runs(winner)
    known = study.ensemble is not None and study.ensemble.members == runs
    if len(runs) < 2 or known or not description.ensemble:
        return
    with _control(address, name) as control:
        members = members_of(control.storage, control.study_id, name, runs)
        score = _ask(description.file, json.dumps([asdict(member) for member in members]))
        if score is not None:
            write_ensemble(control.storage, control.study_id, Ensemble(runs, score), time.time())


@contextmanager
def _control(address: Address, name: str) -> Iterator[StudyControl]:
    from hpt_tui.store.author import author
    from hpt_tui.store.connect import close_storage, find_study, open_storage, quiet_optuna
    from hpt_tui.store.control import StudyControl

    quiet_optuna()
    storage = open_storage(address, writable=True)
    try:
        yield StudyControl(storage, find_study(storage, name, address.label), author())
    finally:
        close_storage(storage)


def _ask(target: str, members: str) -> float | None:
    """The score, asked of a process of its own; None where it has none, which is said."""
    command = [sys.executable, "-P", "-m", "hpt_tui.worker", "ensemble", target]
    done = subprocess.run(command, input=members, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return float(json.loads(done.stdout)["score"])
    for line in done.stderr.strip().splitlines() or [f"it ended with exit code {done.returncode}"]:
        orders.narrate(f"ensemble: {line}")
    return None
