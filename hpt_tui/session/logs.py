"""The output of a trial or a worker: found by what the study says of its worker, and read if it is here."""

from __future__ import annotations

from pathlib import Path

from hpt_tui.domain.logs import LogPage, LogRequest, shown_lines
from hpt_tui.domain.provenance import WorkerRun
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.supervisor.host import this_host
from hpt_tui.supervisor.log_reader import Span, read_tail, spans


def read_log(request: LogRequest, study: StudySnapshot, host: str | None = None) -> LogPage:
    """The end of it as it is now; where there is none, why."""
    here = this_host().name if host is None else host
    worker, problem = _worker(request, study)
    run = study.runs.get(worker)
    if run is None:
        return LogPage(request, problem=problem or "its worker has not said where its log is")
    if not run.log:
        return LogPage(request, host=run.host, problem="its worker wrote to a terminal: no log is kept")
    try:
        span = _span(request, run)
    except OSError as error:
        return LogPage(request, host=run.host, path=run.log, problem=_unreadable(run, here, error))
    if span is None:
        elsewhere = f"its log is on {run.host}: {run.log}"
        gone = "its log does not say which part is this trial's"
        return LogPage(request, (), run.host, run.log, problem=gone if run.host == here else elsewhere)
    return _read(request, run, span, here)


def find_span(request: LogRequest, study: StudySnapshot) -> tuple[Path, Span] | None:
    """Where the output is on this machine; None where it is not here."""
    run = study.runs.get(_worker(request, study)[0])
    try:
        span = _span(request, run) if run is not None and run.log else None
    except OSError:
        return None
    return None if run is None or span is None else (Path(run.log), span)


def _worker(request: LogRequest, study: StudySnapshot) -> tuple[str, str]:
    """The id of the worker whose log it is in, or why there is none."""
    if request.trial is None:
        return request.worker, "nobody knows of a log of this worker"
    trial = study.by_number.get(request.trial)
    if trial is None:
        return "", "the storage holds no such trial"
    if trial.state is TrialState.WAITING:
        return "", "it has not started"
    if not trial.worker:
        return "", "no hpt-tui worker ran it"
    return trial.worker, ""


def _span(request: LogRequest, run: WorkerRun) -> Span | None:
    """The part of the log that is asked for; None where the index here is not this worker's, or doesn't say."""
    if not run.index:
        return None if request.trial is not None else Span(0)
    found = spans(Path(run.index), run.worker)
    if found is None:
        return None
    return Span(0) if request.trial is None else found.get(request.trial)


def _read(request: LogRequest, run: WorkerRun, span: Span, here: str) -> LogPage:
    try:
        data, cut = read_tail(Path(run.log), span)
    except OSError as error:
        return LogPage(request, host=run.host, path=run.log, problem=_unreadable(run, here, error))
    if data and not data.strip(b"\0"):
        return LogPage(
            request, (), run.host, run.log, problem="its output was tidied away: the log had grown too long"
        )
    return LogPage(request, shown_lines(data.lstrip(b"\0"), begun=cut > 0), run.host, run.log, cut)


def _unreadable(run: WorkerRun, here: str, error: OSError) -> str:
    if run.host != here:
        return f"its log is on {run.host}: {run.log}"
    if isinstance(error, FileNotFoundError):
        return f"its log is gone: {run.log} (old logs are tidied away)"
    return f"its log cannot be read ({error.strerror or error}): {run.log}"
