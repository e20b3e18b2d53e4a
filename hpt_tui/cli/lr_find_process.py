"""The process that imports the study file and trains: started, followed, ended."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Self

import click

from hpt_tui.domain.description import Description
from hpt_tui.domain.figures import duration, metric, plain
from hpt_tui.domain.lint.wording import number
from hpt_tui.domain.range_request import RangeRequest, Refused, Step, Swept, Told, told_of
from hpt_tui.errors import StudyFileError

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


class RangeProcess:
    """The process; used as a context, which it does not outlive."""

    def __init__(self, target: str, environment: Mapping[str, str]) -> None:
        self._target, self._began = target, time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "hpt_tui.worker", "lr-find", target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """It has said all it had to say, or it is not wanted any more; a terminal's Ctrl-C has reached it, too."""
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE)
        finally:
            self._process.kill()
            self._process.wait()

    def described(self) -> Description:
        """What the study file declares.

        Raises:
            StudyFileError: it cannot be run; the line is that process's.
        """
        for told in self._told():
            if isinstance(told, Description):
                return told
        raise self._silent()

    def sweep(self, request: RangeRequest) -> tuple[Swept, float]:
        """Carry out the test; what it measured, and how many seconds the process has lived by then.

        Raises:
            StudyFileError: it cannot be done; the line is that process's.
        """
        assert self._process.stdin is not None  # noqa: S101  it is a pipe
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(request.to_json() + "\n")
            self._process.stdin.flush()
        with _progress() as show:
            for told in self._told():
                if isinstance(told, Step):
                    show(told)
                elif isinstance(told, Swept):
                    return told, time.monotonic() - self._began
        raise self._silent()

    def _told(self) -> Iterator[Told]:
        """What it tells, as it comes, until it ends."""
        assert self._process.stdout is not None  # noqa: S101  it is a pipe
        for line in self._process.stdout:
            told = told_of(line)
            if isinstance(told, Refused):
                raise _error(told)
            yield told

    def _silent(self) -> StudyFileError:
        code = self._process.wait()
        return StudyFileError(self._target, f"ended without a word (exit code {code})")


def _error(refused: Refused) -> StudyFileError:
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
