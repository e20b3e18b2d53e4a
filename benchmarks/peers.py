"""What others need to read a study: plain Optuna, its command line, and optuna-dashboard, each by itself."""

from __future__ import annotations

import importlib.util
import itertools
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import click
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.meter import alone, environment, peak_mib, since_start
from benchmarks.synthetic import NAME

EXPIRY = 10.5
"""Seconds after which optuna-dashboard reads a study of 500 or more trials again (10 in its ``_storage.py``)."""
PATIENCE = 3600.0
CLI = "import sys; from optuna.cli import main; sys.exit(main())"
DASHBOARD = "from optuna_dashboard._cli import main; main()"


def plain(path: str) -> dict[str, float]:
    """Seconds of ``load_study`` and its first and later ``get_trials`` without Optuna's imports; and by the clock
    and of CPU of the whole process until the first has answered."""
    import optuna
    import sqlalchemy.orm  # noqa: F401

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    marks = [time.perf_counter()]
    study = optuna.load_study(study_name=NAME, storage=f"sqlite:///{path}")
    study.get_trials(deepcopy=False)
    marks.append(time.perf_counter())
    process, cpu = since_start(), time.process_time()
    study.get_trials(deepcopy=False)
    marks.append(time.perf_counter())
    study.get_trials()
    marks.append(time.perf_counter())
    first, later, copied = (after - before for before, after in itertools.pairwise(marks))
    return {"first": first, "later": later, "copied": copied, "process": process, "cpu": cpu}


def command_line(path: str) -> dict[str, float]:
    """Seconds by the clock and of CPU, and the peak of memory, of ``optuna trials`` as somebody would call it.

    To be called in a small process, because the kernel counts the caller's memory in.
    """
    command = [sys.executable, "-c", CLI, "trials", "--study-name", NAME, "--storage", f"sqlite:///{path}"]
    with tempfile.TemporaryFile() as printed:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=printed, stderr=subprocess.DEVNULL)
        # Here and not by the process's id afterwards: it is gone by then.
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or not printed.tell():
            raise RuntimeError("optuna trials printed nothing")
    return {"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "mib": used.ru_maxrss / 1024}


@dataclass(frozen=True, slots=True)
class Answers:
    """Of optuna-dashboard, over HTTP."""

    first: float
    """Seconds from its start to the end of the first full JSON."""
    cpu: float
    """Its CPU seconds by then."""
    megabytes: float
    """Of that JSON."""
    later: float
    """Seconds of a poll after the server's cache has expired, for the trials from the first running one on."""
    mib: float
    """The server's peak."""


def has_dashboard() -> bool:
    return importlib.util.find_spec("optuna_dashboard") is not None


def dashboard(path: Path, after: int) -> Answers:
    """Start it on ``path``, and ask as its page does; ``after`` is the index of the first running trial."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-c", DASHBOARD, f"sqlite:///{path}", "--port", port, "--host", "127.0.0.1", "-q"]
    page = f"http://127.0.0.1:{port}/api/studies/1"
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
    try:
        _wait_for(int(port), process)
        answer = _get(page)
        first, cpu = time.perf_counter() - start, sum(psutil.Process(process.pid).cpu_times()[:2])
        time.sleep(EXPIRY)
        start = time.perf_counter()
        _get(f"{page}?after={after}")
        return Answers(first, cpu, len(answer) / 1e6, time.perf_counter() - start, peak_mib(process.pid))
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("optuna-dashboard ended at once")


def _get(page: str) -> bytes:
    try:
        with urllib.request.urlopen(page, timeout=PATIENCE) as answer:  # noqa: S310
            return bytes(answer.read())
    except (OSError, HTTPException) as error:
        raise RuntimeError(f"optuna-dashboard did not answer: {error}") from error


@click.command()
@click.argument("database", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(database: Path) -> None:
    """Print what each takes to read DATABASE, whose first study is read."""
    cost = alone("benchmarks.peers", "plain", str(database))
    print("plain Optuna", cost)
    print("optuna trials", alone("benchmarks.peers", "command_line", str(database)).told)
    print(dashboard(database, 0) if has_dashboard() else "optuna-dashboard is not installed")


if __name__ == "__main__":
    main()
