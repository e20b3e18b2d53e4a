"""What a tick costs as the study grows: putting what has changed into the columns, the rules, the progress and the
headline's words. CPU milliseconds, and the multiple of the smallest study's; no storage, no table, no terminal.

python benchmarks/frame.py
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from rich.style import Style
from textual.geometry import Size

sys.path.insert(0, str(Path(__file__).parents[1]))
from hpt_tui.domain.flags.rules import check
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.snapshot import RECENT, StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from hpt_tui.domain.trial import Curve, Direction, TrialRow, TrialState
from hpt_tui.domain.trial_ledger import TrialLedger
from hpt_tui.domain.trials import CODES, Floats, Mark
from hpt_tui.tui.names import parameters
from hpt_tui.tui.widgets.headline import Headline

SIZES = (1_000, 10_000, 100_000)
RUNNING, STEPS, TICKS = 4, 30, 25
START, PACE = 1_790_000_000.0, 15.0
"""When the first trial began, and how many seconds later each next one."""
SPACE: dict[str, Range] = {
    "lr": FloatRange(1e-4, 1e-1, log=True),
    "weight_decay": FloatRange(1e-6, 1e-2, log=True),
    "dropout": FloatRange(0.0, 0.6),
    "batch_size": IntRange(16, 128, log=True),
    "optimizer": Choices(("sgd", "adamw")),
}
STAGES = ("ledger", "rules", "words", "in all")


class Words(Headline):
    """The headline's lines on a wide screen, without a screen."""

    size = Size(120, 3)
    room = 120

    def pen(self, name: str) -> Style:
        return Style.null()

    def take(self, frame: Frame) -> None:
        self._frame = frame


@dataclass
class Search:
    """A made-up search of half complete and half pruned trials, the last few of them running."""

    ledger: TrialLedger
    size: int
    curves: dict[int, tuple[Curve, ...]] = field(default_factory=dict)
    now: float = 0.0
    changed: list[TrialRow] = field(default_factory=list)
    """What the next tick is to take up."""

    def report(self) -> None:
        """The running trials have reported once more."""
        for row in self.running():
            self._put(replace(row, steps=row.steps + 1, last_step=row.steps, last_value=2.3 * 0.9**row.steps))

    def end_one(self) -> None:
        """One of them has completed, and another one has started."""
        row = next(iter(self.running()))
        self._put(replace(row, state=TrialState.COMPLETE, values=(0.8 + row.number % 997 / 1e4,), ended=self.now))
        self._put(replace(row, number=self.size, started=self.now, steps=1, last_step=0))
        self.size += 1

    def wait(self) -> None:
        """Nothing has changed."""

    def running(self) -> Iterator[TrialRow]:
        trials = self.ledger.photo()
        return iter(trials.select(trials.in_state(TrialState.RUNNING)))

    def _put(self, row: TrialRow) -> None:
        self.changed.append(row)
        self.now += 0.1
        self.curves = {**self.curves, row.number: curves_of(row.number, row.steps)}


def made(size: int) -> Search:
    """A search whose columns are written at once."""
    dice, places = np.random.default_rng(7), np.arange(size)
    ledger, running = TrialLedger(), places >= size - RUNNING
    pruned = (places % 2 == 1) & ~running
    states = np.where(running, CODES[TrialState.RUNNING], CODES[TrialState.COMPLETE])
    states = np.where(pruned, CODES[TrialState.PRUNED], states).astype(np.int8)
    steps = np.where(pruned, dice.integers(3, STEPS, size), np.where(running, 3, STEPS))
    started: Floats = (START + places * PACE).astype(np.float64)
    ledger.numbers.write_all(places, places.astype(np.int64))
    ledger.states.write_all(places, states)
    values: Floats = dice.uniform(0.8, 0.95, size)
    values[running] = np.nan
    ledger.values.write_all(places, values[:, None])
    ledger.started.write_all(places, started)
    ended: Floats = started + 0.48 * steps
    ended[running] = np.nan
    ledger.ended.write_all(places, ended)
    ledger.steps.write_all(places, steps)
    ledger.last_steps.write_all(places, steps - 1)
    ledger.last_values.write_all(places, dice.uniform(0.1, 0.9, size))
    marks = np.where(running, Mark.REPORTED, Mark.REPORTED | Mark.VALUED)
    ledger.marks.write_all(places, marks.astype(np.uint8))
    for name, range_ in SPACE.items():
        drawn = ledger.param(name)
        drawn.values.write_all(places, values_of(range_, dice, size))
        drawn.drawn.write_all(places, np.full(size, drawn.code(range_), np.int32))
    curves = {n: curves_of(n, int(steps[n])) for n in range(size - RECENT, size)}
    return Search(ledger, size, curves, now=START + size * PACE)


def values_of(range_: Range, dice: np.random.Generator, size: int) -> Floats:
    if isinstance(range_, Choices):
        return dice.integers(0, len(range_.options), size).astype(np.float64)
    if range_.log:
        drawn = np.exp(dice.uniform(math.log(range_.low), math.log(range_.high), size))
    else:
        drawn = dice.uniform(range_.low, range_.high, size)
    return np.rint(drawn) if isinstance(range_, IntRange) else drawn


def curves_of(number: int, steps: int) -> tuple[Curve, ...]:
    along, up = np.arange(steps), 2.3 * 0.9 ** np.arange(steps)
    return tuple(Curve.of(number, metric, along, up) for metric in ("val_acc", "train_loss", "val_loss"))


def tick(search: Search, before: StudySnapshot | None, words: Words) -> tuple[StudySnapshot, list[float]]:
    """One tick after a change, and the seconds of CPU of each of :data:`STAGES`."""
    clock = [time.process_time()]
    for row in search.changed:
        search.ledger.put(row)
    trials = search.ledger.photo()
    clock.append(time.process_time())
    same = before is not None and before.trials is trials
    photo = before if before is not None and same else snapshot(search)
    flags = () if same else check(photo)
    clock.append(time.process_time())
    parameters(photo)
    words.take(Frame(photo, flags, now=search.now, opened=True))
    words.lines()
    clock.append(time.process_time())
    return photo, [*np.diff(clock).tolist(), clock[-1] - clock[0]]


def snapshot(search: Search) -> StudySnapshot:
    return StudySnapshot(
        name="synthetic",
        directions=(Direction.MAXIMIZE,),
        metric="val_acc",
        trials=search.ledger.photo(),
        curves=search.curves,
        declared=SPACE,
        budget=1_000_000,
        steps=STEPS,
    )


def measured(size: int, change: Callable[[Search], None]) -> list[float]:
    """Milliseconds of CPU by stage, the median of some ticks after the first."""
    search, words = made(size), Words("synthetic")
    photo, _ = tick(search, None, words)
    took = []
    for _ in range(TICKS):
        search.changed.clear()
        change(search)
        photo, spent = tick(search, photo, words)
        took.append(spent)
    return (np.median(took, axis=0) * 1000).tolist()  # type: ignore[no-any-return]


CHANGES: dict[str, Callable[[Search], None]] = {
    "nothing changed": Search.wait,
    "running trials reported": Search.report,
    "a trial finished": Search.end_one,
}


def main() -> None:
    """Print a block a change and a row a size."""
    for name, change in CHANGES.items():
        print(f"\n{name:28}" + "".join(f"{stage:>18}" for stage in STAGES))
        first: list[float] | None = None
        for size in SIZES:
            spent = measured(size, change)
            first = first or spent
            cells = (f"{ms:9.3f} ms {ms / one:4.1f} x" for ms, one in zip(spent, first, strict=True))
            print(f"{size:>20,} trials " + "".join(f"{cell:>18}" for cell in cells))


if __name__ == "__main__":
    main()
