"""What a frame costs as the study grows: the rules, and the table's words. Pure Python, no storage, no screen.

python benchmarks/frame.py
"""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from hpt_tui.domain.flags.rules import check
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialState
from hpt_tui.tui.columns import Columns
from tests.builders import curve, study, trial

SIZES = (100, 1_000, 10_000)


def snapshot(size: int) -> StudySnapshot:
    """A made-up study of complete and pruned trials, each with a loss curve of 30 steps."""
    states = (TrialState.PRUNED, TrialState.COMPLETE)
    trials = [
        trial(
            n, states[n % 2], 0.9 - (n * 7919 % size) / (10 * size), params={"lr": 1e-4 * 1000 ** (n % 997 / 997)}
        )
        for n in range(size)
    ]
    return study(trials, curves=[curve(n, "train_loss", [2.3 * 0.9**i for i in range(30)]) for n in range(size)])


def best_of(runs: int, work: Callable[[], object]) -> float:
    """Milliseconds of the fastest of ``runs``: others share the machine."""
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return min(took) * 1000


def main() -> None:
    """Print a row a size, and each cost as a multiple of the smallest study's."""
    first: tuple[float, float] | None = None
    for size in SIZES:
        photo, columns = snapshot(size), Columns()
        columns.fit(photo)
        changed = dataclasses.replace(photo.trials[-1], steps=29)
        newer = dataclasses.replace(photo, trials=(*photo.trials[:-1], changed))
        rules = best_of(5, lambda photo=photo: check(dataclasses.replace(photo)))  # type: ignore[misc]
        words = best_of(5, lambda columns=columns, newer=newer: columns.fit(newer))  # type: ignore[misc]
        first = first or (rules, words)
        print(
            f"{size:6} trials   rules {rules:7.2f} ms ({rules / first[0]:5.1f} x)   "
            f"table, one trial changed {words:7.2f} ms ({words / first[1]:5.1f} x)"
        )


if __name__ == "__main__":
    main()
