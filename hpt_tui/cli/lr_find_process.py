"""The process that imports the study file and trains: started, followed, ended."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import click

from hpt_tui.cli.lr_find_plan import Plan
from hpt_tui.domain.figures import duration, metric, plain
from hpt_tui.domain.lint.wording import number
from hpt_tui.domain.range_request import Refused, Step, Swept, told_of
from hpt_tui.errors import HptError, StudyFileError

PATIENCE = 3.0
"""Seconds that it has to go when it is told to."""
EVERY = 0.1
"""Seconds between two lines of progress on a terminal."""
HOOK = """
from hpt_tui.training import RangeTest

def {hook}(params):
    model = Net(params["width"]).to(device)  # as in your objective
    optimizer = torch.optim.AdamW(model.parameters(), lr=params["lr"])
    return RangeTest(model, optimizer, train_loader, lambda batch: criterion(model(batch[0]), batch[1]))
"""
"""What a study file without the hook is to be given."""


def sweep(plan: Plan) -> tuple[Swept, float]:
    """Carry out the test in a process of its own; what it measured, and how many seconds that took.

    Raises:
        StudyFileError: it cannot be done; the line is that process's.
    """
    command = [sys.executable, "-P", "-m", "hpt_tui.worker", "lr-find", plan.request.to_json()]
    environment = {**os.environ, **plan.environment}
    began = time.monotonic()
    with (
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=environment
        ) as process,
        _ended(process),
    ):
        found = _followed(process)
    if found is None:
        raise StudyFileError(plan.request.target, f"ended without a word (exit code {process.returncode})")
    return found, time.monotonic() - began


def _followed(process: subprocess.Popen[str]) -> Swept | None:
    """What it tells, as it comes; None if it never says how it ended."""
    assert process.stdout is not None  # noqa: S101  it is a pipe
    with _progress() as show:
        for line in process.stdout:
            match told_of(line):
                case Step() as step:
                    show(step)
                case Swept() as swept:
                    return swept
                case Refused() as refused:
                    raise _error(refused)
    return None


def _error(refused: Refused) -> HptError:
    if refused.hook:
        return HookMissingError(refused)
    return StudyFileError(refused.subject, refused.problem, refused.remedy)


class HookMissingError(StudyFileError):
    """The study file has no hook; ``example`` is one to add."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.subject, refused.problem, refused.remedy)
        self.example = HOOK.format(hook=plain(refused.hook))


class _Bar:
    """One line on stderr that is written over again; none where that is no terminal."""

    def __init__(self) -> None:
        self._shown, self._began, self._open = 0.0, 0.0, sys.stderr.isatty()

    def show(self, step: Step) -> None:
        now = time.monotonic()
        # Before the first step, imports and data took their time.
        self._began = self._began or now
        if not self._open or (now - self._shown < EVERY and step.done < step.of):
            return
        self._shown = now
        left = (now - self._began) / max(1, step.done - 1) * (step.of - step.done)
        where = f"step {step.done} of {step.of}  lr {number(step.rate)}  loss {metric(step.loss)}"
        text = f"{where}  {duration(left)} left"
        click.echo(f"\r\x1b[K{text[:79]}", nl=False, err=True)

    def close(self) -> None:
        if self._open and self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[Step], None]]:
    bar = _Bar()
    try:
        yield bar.show
    finally:
        bar.close()


@contextlib.contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """Whatever happens here, the process does not outlive it. A terminal's Ctrl-C has reached it by itself."""
    try:
        yield
        process.wait()
    except BaseException:
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            process.wait(PATIENCE)
        process.kill()
        process.wait()
        raise
