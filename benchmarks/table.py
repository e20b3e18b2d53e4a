"""The trials table against the barest table on Textual's line API, in one run: CPU milliseconds of each act.

    python benchmarks/table.py [--sizes 1000,10000,100000] [--json]

The bare table is the floor: it writes the same ten columns of the visible rows in fixed widths and one style, and
has no columns to fit, no marks, no titles, no filter. A live tick changes four running trials and adds a fifth.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import ClassVar, TypeAlias

import click
import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip

sys.path.insert(0, str(Path(__file__).parents[1]))
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.quantities import PARAM, TIME, VALUE
from hpt_tui.domain.space import Choices, FloatRange, IntRange, Range
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.domain.trial_ledger import TrialLedger
from hpt_tui.domain.trials import CODES, Mark, TrialColumns, Trials
from hpt_tui.tui import themes
from hpt_tui.tui.listing import Listing
from hpt_tui.tui.widgets.panel import PENS
from hpt_tui.tui.widgets.trial_table import TrialTable
from tests.builders import NOON, SPACE, frame, study

RUNNING, TICKS, KEYS, SORTS = 4, 20, 24, 10
"""So few keys that page-downs don't come to the end of 1,000 rows."""
FILLS = 3
Costs: TypeAlias = dict[str, float]
STYLE = (Path(__file__).parents[1] / "hpt_tui" / "tui" / "theme.tcss").read_text()


def ledger(size: int) -> TrialLedger:
    """``size`` trials, the newest of them running, filled column by column."""
    dice, made, places = np.random.default_rng(7), TrialLedger(), np.arange(size)
    running = places >= size - RUNNING
    pruned = (dice.random(size) < 0.5) & ~running
    made.numbers.write_all(places, places)
    states = np.where(pruned, CODES[TrialState.PRUNED], CODES[TrialState.COMPLETE])
    made.states.write_all(places, np.where(running, CODES[TrialState.RUNNING], states).astype(np.int8))
    value = dice.uniform(0.5, 0.98, size)
    made.values.write_all(places, np.where(running, np.nan, value)[:, None])
    made.last_values.write_all(places, value)
    started = (NOON - 15.0 * (size - places)).astype(np.float64)
    made.started.write_all(places, started)
    made.ended.write_all(places, np.where(running, np.nan, started + dice.uniform(2, 99, size)))
    made.steps.write_all(places, np.where(pruned, 5, 30))
    made.last_steps.write_all(places, np.where(pruned, 4, 29))
    marks = np.where(running, 0, int(Mark.VALUED)) | int(Mark.REPORTED)
    made.marks.write_all(places, marks.astype(np.uint8))
    made.workers.reach(size)
    for name, range_ in SPACE.items():
        drawn = made.param(name)
        drawn.values.write_all(places, draw(range_, size, dice))
        drawn.drawn.write_all(places, np.full(size, drawn.code(range_), np.int32))
    return made


def draw(range_: Range, size: int, dice: np.random.Generator) -> NDArray[np.float64]:
    """Values as a sampler would suggest them."""
    match range_:
        case Choices(options):
            return dice.integers(0, len(options), size).astype(np.float64)
        case IntRange(low, high):
            return np.rint(dice.uniform(low, high, size))
        case FloatRange(low, high, log):
            return np.exp(dice.uniform(np.log(low), np.log(high), size)) if log else dice.uniform(low, high, size)


def frames(size: int) -> list[Frame]:
    """A study at ``TICKS`` + 1 moments."""
    made = ledger(size)
    shown = [frame(replace(study(), trials=made.photo()))]
    for tick in range(TICKS):
        rows = [made.photo()[at] for at in range(size + tick - RUNNING, size + tick)]
        for row in rows:
            step = (row.last_step or 0) + 1
            made.put(
                replace(row, last_value=0.5 + 0.4 * np.sin(row.number + step), steps=step + 1, last_step=step)
            )
        made.put(
            TrialRow(size + tick, TrialState.RUNNING, params=rows[0].params, ranges=rows[0].ranges, started=NOON)
        )
        made.put(replace(rows[0], state=TrialState.COMPLETE, values=(row.last_value or 0.0,), ended=NOON + tick))
        now = NOON + 1 + tick
        shown.append(replace(shown[0], study=replace(shown[0].study, trials=made.photo()), now=now))
    return shown


class Bare(ScrollView, can_focus=True):
    """The floor: rows are written when they are painted; the order is one argsort."""

    BINDINGS: ClassVar = [Binding("down", "move(1)"), Binding("pagedown", "move(37)")]

    def __init__(self) -> None:
        super().__init__()
        self.columns: TrialColumns | None = None
        self.order: NDArray[np.intp] = np.empty(0, np.intp)
        self.by, self.row = VALUE, 0
        self.plain, self.chosen = Style.parse("white on black"), Style.parse("black on white")

    def show(self, shown: Frame) -> None:
        self.columns = shown.study.trials.columns
        self.sort(self.by)

    def sort(self, by: str) -> None:
        if (c := self.columns) is None:
            return
        self.by = by
        keys = {VALUE: -c.last_values, TIME: c.ended - c.started}
        self.order = np.argsort(keys[by] if by in keys else c.params[by.removeprefix(PARAM)].values, kind="stable")
        self.virtual_size = Size(100, len(self.order) + 1)
        self.refresh()

    def action_move(self, by: int) -> None:
        before, self.row = self.row, min(self.row + by, len(self.order) - 1)
        top = self.scroll_offset.y
        if self.row >= top + self.size.height - 1:
            self.scroll_to(y=self.row - self.size.height + 2, animate=False)
        for row in (before, self.row):
            self.refresh_line(row + 1)

    def render_line(self, y: int) -> Strip:
        row = y - 1 + self.scroll_offset.y
        if (c := self.columns) is None or y == 0 or row >= len(self.order):
            return Strip.blank(self.size.width, self.plain)
        at = self.order[row]
        text = (
            f"{c.numbers[at]:>7} {c.states[at]:<10} {c.last_values[at]:>8.4f} {c.steps[at]:>5} "
            f"{c.ended[at] - c.started[at]:>6.0f} "
        )
        text += " ".join(f"{column.values[at]:>10.4g}" for column in c.params.values())
        text = text[: self.size.width].ljust(self.size.width)
        return Strip([Segment(text, self.chosen if row == self.row else self.plain)])


class Stage(App[None]):
    """A screen with one table on it."""

    CSS = STYLE

    class Only(Screen[None]):
        COMPONENT_CLASSES: ClassVar[set[str]] = PENS

        def __init__(self, table: Bare | TrialTable) -> None:
            super().__init__()
            self.table = table

        def compose(self) -> ComposeResult:
            yield self.table

    def __init__(self, table: Bare | TrialTable) -> None:
        super().__init__()
        self.table = table
        for theme in themes.OWN:
            self.register_theme(theme)
        self.theme = themes.OWN[0].name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return themes.curve_colours(self.current_theme)

    def get_default_screen(self) -> Screen[None]:
        return Stage.Only(self.table)


def sort(table: Bare | TrialTable, by: str) -> None:
    if isinstance(table, Bare):
        table.sort(by)
    else:
        table.relist(Listing(by))


async def cost(pilot: Pilot[None], times: int, act: Callable[[int], Awaitable[object] | None]) -> float:
    """CPU milliseconds of one of ``times`` acts, each shown before the next."""
    await pilot.pause()
    start = time.process_time()
    for at in range(times):
        if (waiting := act(at)) is not None:
            await waiting
        await pilot.pause()
    return (time.process_time() - start) * 1000 / times


async def measure(table: Bare | TrialTable, shown: Sequence[Frame]) -> Costs:
    """CPU milliseconds of each act on ``table``."""
    columns = [PARAM + "lr", TIME, PARAM + "dropout", PARAM + "weight_decay", VALUE]
    async with Stage(table).run_test(size=(120, 40)) as pilot:
        table.focus()
        found: Costs = {"fill": await cost(pilot, 1, lambda _: table.show(shown[0]))}
        found["down"] = await cost(pilot, KEYS, lambda _: pilot.press("down"))
        found["page down"] = await cost(pilot, KEYS, lambda _: pilot.press("pagedown"))
        found["tick"] = await cost(pilot, TICKS, lambda at: table.show(shown[at + 1]))
        found["sort"] = await cost(pilot, SORTS, lambda at: sort(table, columns[at % len(columns)]))
        if isinstance(table, TrialTable):
            texts = [f"lr>{n}e-3 and not state:pruned or value<0.6" for n in range(1, 9)]
            found["filter"] = await cost(pilot, len(texts), lambda at: table.relist(Listing(text=texts[at])))
    return found


def compare(size: int) -> list[Row]:
    """Our table and the bare one, one after the other; the fill is the best of a few, each in a new app."""
    shown = frames(size)
    tables: tuple[Callable[[], Bare | TrialTable], ...] = (TrialTable, Bare)
    costs = []
    for make in tables:
        runs = [asyncio.run(measure(make(), fresh(shown))) for _ in range(FILLS)]
        costs.append({act: min(run[act] for run in runs) for act in runs[0]})
    ours, bare = costs
    return [Row(size, act, ours[act], bare.get(act)) for act in ours]


def fresh(shown: Sequence[Frame]) -> list[Frame]:
    """The same frames without anything that was derived from them before."""
    bare = [Trials(f.study.trials.columns) for f in shown[:1]]
    for one in shown[1:]:
        bare.append(Trials(one.study.trials.columns, bare[-1]))
    return [replace(f, study=replace(f.study, trials=t)) for f, t in zip(shown, bare, strict=True)]


@dataclass(frozen=True, slots=True)
class Row:
    trials: int
    act: str
    ms: float
    bare_ms: float | None


@click.command()
@click.option("--sizes", default="1000,10000,100000", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(sizes: str, as_json: bool) -> None:
    """Print a row for each act and size."""
    compare(100)
    rows = [row for size in map(int, sizes.split(",")) for row in compare(size)]
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return
    print(f"{'trials':>8} {'act':<10} {'table ms':>9} {'bare ms':>9} {'ratio':>6} {'of the smallest':>16}")
    first = {row.act: row.ms for row in reversed(rows)}
    for row in rows:
        bare = f"{'–':>9} {'':>6}" if row.bare_ms is None else f"{row.bare_ms:>9.1f} {row.ms / row.bare_ms:>5.1f}x"
        print(f"{row.trials:>8} {row.act:<10} {row.ms:>9.1f} {bare} {row.ms / first[row.act]:>15.1f}x")


if __name__ == "__main__":
    main()
