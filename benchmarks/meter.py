"""What a function costs in a process of its own: seconds, CPU seconds, and the peak of its memory.

    python -m benchmarks.meter MODULE FUNCTION [ARGUMENT]...

prints them as JSON, with whatever figures the function returns.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEGUN = "HPT_TUI_BENCH_BEGUN"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one call: imports of the function's own module are not in the seconds, but they are in the memory."""

    seconds: float
    cpu: float
    mib: float
    """The most memory that the process ever held, MiB resident."""
    told: Mapping[str, float]
    """What the function returned, if that was figures by name."""


def since_start() -> float:
    """Seconds since :func:`alone` started this process, its imports counted."""
    return time.time() - float(os.environ[BEGUN])


def environment() -> dict[str, str]:
    """For a child that imports this package, whatever folder it was started from."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def alone(module: str, function: str, *arguments: str) -> Cost:
    """Call ``function`` of ``module`` with strings in a new process. Raises RuntimeError when that fails."""
    command = [sys.executable, "-m", "benchmarks.meter", module, function, *arguments]
    begun = {**environment(), BEGUN: str(time.time())}
    said = subprocess.run(command, env=begun, cwd=ROOT, capture_output=True, text=True)
    if said.returncode:
        raise RuntimeError(f"{module}.{function} failed:\n{said.stderr}")
    return Cost(**json.loads(said.stdout.splitlines()[-1]))


def peak_mib(process: int | str = "self") -> float:
    """The most memory that a living process has held. The kernel's own count: that of ``getrusage`` would also
    be of what the process was before it began to run this program."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return float("nan")


def main(module: str, function: str, *arguments: str) -> None:
    act = getattr(importlib.import_module(module), function)
    clock, cpu = time.perf_counter(), time.process_time()
    told = act(*arguments)
    cost = Cost(
        time.perf_counter() - clock,
        time.process_time() - cpu,
        peak_mib(),
        told if isinstance(told, dict) else {},
    )
    print(json.dumps({name: getattr(cost, name) for name in Cost.__slots__}))


if __name__ == "__main__":
    main(*sys.argv[1:])
