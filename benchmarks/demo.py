"""Seconds from ``hpt-tui demo`` to its first finished trial, in a state folder of its own.

python benchmarks/demo.py [--runs 3]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

import click


def first_trial() -> tuple[float, float]:
    """(seconds to the first finished trial, seconds to the end) of a demo of four trials."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "hpt_tui", "demo", "--headless", "--trials", "4", "--workers", "2"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "HPT_TUI_STATE_DIR": folder},
        )
        started = time.perf_counter()
        assert process.stdout is not None
        first = next(time.perf_counter() - started for line in process.stdout if '"type": "trial"' in line)
        process.stdout.read()
        process.wait()
        return first, time.perf_counter() - started


@click.command()
@click.option("--runs", default=3, show_default=True)
def main(runs: int) -> None:
    """Print one line a run."""
    for _ in range(runs):
        first, end = first_trial()
        print(f"first finished trial after {first:5.1f} s, four after {end:5.1f} s")


if __name__ == "__main__":
    main()
