"""``hpt-tui logs``: what a trial, or a worker, printed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hpt_tui.cli import options, orders
from hpt_tui.cli.one_study import read_study
from hpt_tui.errors import InputError

if TYPE_CHECKING:
    from hpt_tui.domain.logs import LogRequest
    from hpt_tui.domain.snapshot import StudySnapshot

GLANCE = 0.3
"""Seconds between two looks at a log that is followed."""


@click.command("logs", cls=orders.StorageFirst)
@orders.url
@orders.study
@click.argument("trial", metavar="[N]", type=click.IntRange(0), required=False)
@click.option("--worker", metavar="W", help="All that this worker printed: its id, or its pid, as ps has them.")
@click.option("--follow", "-f", is_flag=True, help="Go on while it grows; until the trial has ended, or Ctrl-C.")
@click.option("-n", "newest", metavar="LINES", type=click.IntRange(0), default=200, help="Only the last LINES.")
def command(
    storage: str, study: str | None, trial: int | None, worker: str | None, follow: bool, newest: int
) -> int:
    """What trial N printed, or all that a worker did; without either, the newest trial. stdout and stderr of this
    machine's workers are kept; of another machine's, it is said where. Nothing is written.
    """
    options.need_output()
    if trial is not None and worker is not None:
        raise InputError("the log", "is either a trial's or a worker's", "leave one out")
    from hpt_tui.session.logs import read_log

    found = read_study(storage, study)
    request = _request(found, trial, worker)
    page = read_log(request, found)
    name = f"worker {request.worker}" if request.trial is None else f"trial #{request.trial}"
    if page.problem:
        raise InputError(name, page.problem)
    if page.path:
        click.echo(f"{name}: {page.path}", err=True)
    lines = page.lines[-newest:] if newest else ()
    for line in lines:
        click.echo(line)
    if follow:
        for line in _following(request, found):
            click.echo(line)
    return 0


def _request(study: StudySnapshot, trial: int | None, worker: str | None) -> LogRequest:
    from hpt_tui.domain.logs import LogRequest

    if worker is not None:
        return LogRequest(worker=_worker(study, worker))
    if trial is not None:
        return LogRequest(trial)
    started = (row.number for row in reversed(study.trials) if row.worker)
    newest = next(started, None)
    if newest is None:
        raise InputError(study.name, "no trial of a hpt-tui worker is there, whose log could be shown")
    return LogRequest(newest)


def _worker(study: StudySnapshot, wanted: str) -> str:
    """The worker of that id or pid: the newest, if a pid came again."""
    pids = {lease.worker: str(lease.pid) for lease in study.leases}
    runs = sorted(study.runs.values(), key=lambda run: run.at, reverse=True)
    for run in runs:
        if wanted in (run.worker, pids.get(run.worker)) or f"-{wanted}-" in run.worker:
            return run.worker
    known = ", ".join(run.worker for run in runs[:8]) or "none"
    raise InputError(f"worker {wanted}", "nobody knows of a log of it", f"there are: {known}")


def _following(request: LogRequest, study: StudySnapshot) -> Iterator[str]:
    """Lines as they come, from now on."""
    from hpt_tui.domain.logs import shown_lines
    from hpt_tui.session.logs import find_span
    from hpt_tui.supervisor.log_reader import Span, read_tail

    place = find_span(request, study)
    if place is None:
        return
    log, span = place
    at, rest = log.stat().st_size if span.end is None else span.end, b""
    while span.end is None or at < span.end:
        time.sleep(GLANCE)
        span = (find_span(request, study) or (log, span))[1]
        data, _ = read_tail(log, Span(at, span.end))
        at += len(data)
        whole, newline, rest = (rest + data).rpartition(b"\n")
        yield from shown_lines(whole + newline)
    yield from shown_lines(rest)
