"""Each benchmark as figures of one table, with the targets that the project has set itself (issue 3)."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks import peers
from benchmarks.figures import Figure
from benchmarks.meter import Cost, alone
from benchmarks.synthetic import RUNNING, STEPS, Studies

MODEST, BIG = 10_000, 100_000
"""Peers take minutes and gigabytes beyond the first, so only where asked for. Targets are for the second."""


@dataclass(slots=True)
class Plan:
    """What one run is to measure, and what its sections leave for those after them."""

    studies: Studies
    sizes: tuple[int, ...]
    peers_at: tuple[int, ...] = ()
    quick: bool = False

    def runs(self, many: int) -> int:
        return 1 if self.quick else many

    def seconds(self, long: float) -> float:
        return min(4.0, long) if self.quick else long

    def peers(self) -> tuple[int, ...]:
        return self.peers_at or tuple(trials for trials in self.sizes if trials <= MODEST)


def _median(costs: list[Cost], of: Callable[[Cost], float]) -> float:
    return statistics.median(of(cost) for cost in costs)


def reader(plan: Plan) -> Iterator[Figure]:
    """Opening and polling in SQLite, against the floor."""
    for trials in plan.sizes:
        group = f"reading {trials:,} x {STEPS}"
        path = str(plan.studies.path(trials))
        floors, ours = [], []
        for _ in range(plan.runs(3)):
            floors.append(alone("benchmarks.reader", "floor", path))
            ours.append(alone("benchmarks.reader", "measure", path))
        floor_s = _median(floors, lambda cost: cost.cpu)
        table = _median(ours, lambda cost: cost.told["table_s"])
        yield Figure(group, "raw SQL to arrays: the table's columns", floor_s, "s CPU")
        yield Figure(group, "raw SQL to arrays: memory", _median(floors, lambda cost: cost.mib), "MiB")
        yield Figure(
            group, "hpt-tui: SQL of the first useful screen", _told(ours, "outline_sql_ms"), "ms CPU", most=50
        )
        yield Figure(group, "hpt-tui: the whole table", table, "s CPU")
        yield Figure(group, "hpt-tui's table / raw SQL", table / floor_s, most=2 if trials >= BIG else None)
        yield Figure(group, "hpt-tui: the rest, behind the table", _told(ours, "steps_and_workers_s"), "s CPU")
        yield Figure(group, "hpt-tui: memory of the reader", _told(ours, "peak_rss_mib"), "MiB", most=400)
        yield Figure(
            group, f"a poll when {RUNNING} trials have reported: SQL", _told(ours, "tick_sql_ms"), "ms CPU", most=5
        )
        yield Figure(group, "the same poll, columns and curves too", _told(ours, "tick_poll_ms"), "ms CPU")
        yield Figure(group, "a poll when nothing has changed", _told(ours, "nothing_changed_us"), "us")


def _told(costs: list[Cost], name: str) -> float:
    return _median(costs, lambda cost: cost.told[name])


def tick(plan: Plan) -> Iterator[Figure]:
    """The session, and the screen in a terminal."""
    from benchmarks.ticking import screen

    for trials in plan.sizes:
        group = f"watching {trials:,} x {STEPS}, {RUNNING} trials report"
        path = plan.studies.path(trials)
        told = alone("benchmarks.ticking", "session", str(path)).told
        seen = screen(path, plan.seconds(20))
        yield Figure(group, "session: first frame with the study", told["first_frame_s"], "s")
        yield Figure(group, "session: the whole table, judged", told["table_s"], "s")
        yield Figure(group, "session: memory while it opens", told["peak_mib"], "MiB", most=400)
        yield Figure(group, "session: a tick (storage, rules, frame)", told["tick_ms"], "ms CPU")
        yield Figure(group, "session: a tick when nothing has changed", told["silent_ms"], "ms CPU")
        yield Figure(group, "attach: study on the screen", seen.useful, "s")
        yield Figure(group, "attach: a tick, drawing included", seen.tick_ms, "ms CPU", most=20)
        yield Figure(group, "attach: a second without reports", seen.silent_ms, "ms CPU")
        yield Figure(group, "attach: written while they report", seen.reporting_bytes, "B/s", most=4000)
        yield Figure(group, "attach: memory", seen.mib, "MiB", most=400)


def others(plan: Plan) -> Iterator[Figure]:
    """The peers, and how many times longer they take than a session with hpt-tui's whole table, judged: both from
    the process's start; by the clock, and of CPU, which busy neighbours change less."""
    for trials in plan.peers():
        path = plan.studies.path(trials)
        opened = [alone("benchmarks.ticking", "opened", str(path)) for _ in range(plan.runs(3))]
        ours = _told(opened, "process"), _told(opened, "cpu")
        group = f"others, {trials:,} x {STEPS}"
        yield Figure(group, "hpt-tui: process to whole table", ours[0], "s")
        yield Figure(group, "hpt-tui: memory", _median(opened, lambda cost: cost.mib), "MiB")
        yield from _optuna(group, path, ours)
        yield from _dashboard(group, path, trials, ours)


def _optuna(group: str, path: Path, ours: tuple[float, float]) -> Iterator[Figure]:
    plain = alone("benchmarks.peers", "plain", str(path))
    yield Figure(group, "plain Optuna: load_study, first get_trials", plain.told["first"], "s")
    yield Figure(group, "plain Optuna: process to trials", plain.told["process"], "s")
    yield Figure(group, "plain Optuna: later get_trials", 1e3 * plain.told["later"], "ms")
    yield Figure(group, "plain Optuna: later get_trials, copied", 1e3 * plain.told["copied"], "ms")
    yield Figure(group, "plain Optuna: memory", plain.mib, "MiB")
    yield from _times(group, "plain Optuna", (plain.told["process"], plain.told["cpu"]), ours)
    printed = alone("benchmarks.peers", "command_line", str(path)).told
    yield Figure(group, "optuna trials", printed["seconds"], "s")
    yield Figure(group, "optuna trials: memory", printed["mib"], "MiB")
    yield from _times(group, "optuna trials", (printed["seconds"], printed["cpu"]), ours)


def _dashboard(group: str, path: Path, trials: int, ours: tuple[float, float]) -> Iterator[Figure]:
    if not peers.has_dashboard():
        yield Figure(group, "optuna-dashboard is not installed", float("nan"), "")
        return
    answers = peers.dashboard(path, trials - RUNNING)
    yield Figure(group, "optuna-dashboard: start to first full answer", answers.first, "s")
    yield Figure(group, "optuna-dashboard: size of that answer", answers.megabytes, "MB")
    yield Figure(group, "optuna-dashboard: a poll after its cache expired", answers.later, "s")
    yield Figure(group, "optuna-dashboard: memory", answers.mib, "MiB")
    least = 60 if trials >= BIG else None
    yield from _times(group, "optuna-dashboard", (answers.first, answers.cpu), ours, least)


def _times(
    group: str, who: str, theirs: tuple[float, float], ours: tuple[float, float], least: float | None = None
) -> Iterator[Figure]:
    yield Figure(group, f"{who} / hpt-tui, by the clock", theirs[0] / ours[0], least=least)
    yield Figure(group, f"{who} / hpt-tui, CPU", theirs[1] / ours[1], least=least)


def table(plan: Plan) -> Iterator[Figure]:
    """The trials table against a bare one."""
    from benchmarks.table import compare

    compare(100)
    first: dict[str, float] = {}
    for trials in plan.sizes:
        for row in compare(trials):
            group = f"table of {trials:,} trials"
            first.setdefault(row.act, row.ms)
            yield Figure(group, row.act, row.ms, "ms CPU")
            if row.bare_ms is not None:
                limit = 3 if row.act in ("fill", "tick", "sort") else None
                yield Figure(group, f"{row.act} / bare table's", row.ms / row.bare_ms, most=limit)
            if "down" in row.act and trials > plan.sizes[0]:
                yield Figure(group, f"{row.act} / of {plan.sizes[0]:,} trials", row.ms / first[row.act], most=1.5)


def plot(_: Plan) -> Iterator[Figure]:
    """Refreshes of the curves panel."""
    from benchmarks.plot import LIMIT, measured

    for what, of in measured().items():
        base = of[min(of)][1]
        for points, (_first, refresh) in of.items():
            yield Figure(what, f"refresh, {points:,} points", refresh, "ms CPU", most=LIMIT * base)


def screen(plan: Plan) -> Iterator[Figure]:
    """First frames."""
    from benchmarks.screen import FRAME, measured

    opened, still, busy = measured(plan.runs(9), plan.seconds(20))
    group = "screen, on digits"
    yield Figure(group, "empty Textual app, first frame", opened[FRAME][0], "s")
    for what, (_, seconds, ratio) in opened.items():
        yield Figure(group, what, seconds, "s")
        yield Figure(group, f"{what} / empty app's", ratio, most=1.3 if "frame" in what else None)
    yield Figure(group, "nothing changes", still[0], "B/s", most=100)
    yield Figure(group, "nothing changes", 100 * still[1], "% of a core")
    yield Figure(group, "two workers train", busy[0], "B/s", most=4000)
    yield Figure(group, "two workers train", 100 * busy[1], "% of a core")


def terminal(plan: Plan) -> Iterator[Figure]:
    """Bytes to a terminal."""
    from benchmarks.bytes import LIMITS, measured

    found, _ = measured(plan.seconds(30))
    for what, limit in LIMITS.items():
        yield Figure("bytes to a terminal of 120x40", what, found[what], "B/s", most=limit)


def writers(plan: Plan) -> Iterator[Figure]:
    """Workers, against plain Optuna's."""
    from benchmarks.writers import joining, measure_writing

    for count, rates in measure_writing([8] if plan.quick else [1, 8, 16], plan.seconds(12), plan.runs(3)).items():
        group = f"{count} workers on one SQLite file"
        yield Figure(group, "plain Optuna", statistics.median(rates.plain), "trials/s")
        yield Figure(group, "hpt-tui", statistics.median(rates.hpt_tui), "trials/s")
        yield Figure(group, "hpt-tui / plain Optuna", rates.ratio, least=5 if int(count) >= 8 else None)
    group = f"joining {1_000 if plan.quick else MODEST:,} x {STEPS}"
    for ours, who in ((False, "plain Optuna"), (True, "hpt-tui")):
        with tempfile.TemporaryDirectory() as folder:
            told = joining(ours, 1_000 if plan.quick else MODEST, Path(folder))
        yield Figure(group, f"{who}: to the first trial's report", told["joining"], "s", most=1 if ours else None)
        yield Figure(group, f"{who}: memory by then", told["mb"], "MiB", most=150 if ours else None)
        yield Figure(group, f"{who}: memory once the pruner has looked", told["mb_pruned"], "MiB")


def watching(plan: Plan) -> Iterator[Figure]:
    """What watching costs the writers."""
    from benchmarks.watching import CASES, LIMIT, measured

    cases = ["rollback"] if plan.quick else list(CASES)
    found = measured(cases, 2 if plan.quick else 50, 2.0, plan.seconds(60))
    for name, result in found.items():
        group = f"8 plain workers on one SQLite file, {name}"
        (low, high), noise = result.spread, result.noise
        yield Figure(group, "not watched", statistics.median(result.free), "reports/s")
        yield Figure(group, "watched", statistics.median(result.watched), "reports/s")
        yield Figure(group, f"ratio ({low:.3f} to {high:.3f} nine times of ten)", result.ratio, least=LIMIT)
        yield Figure(group, "the same ratio where nobody watches, from", noise[0])
        yield Figure(group, "the same ratio where nobody watches, to", noise[1])
        yield Figure(group, "the watcher", 100 * result.cpu, "% of a core")
        yield Figure(group, '"database is locked" while watched', result.locked[1], "times", most=0)
        yield Figure(group, '"database is locked" while not', result.locked[0], "times")


def rules(plan: Plan) -> Iterator[Figure]:
    """The rules and the headline's words, without a storage."""
    from benchmarks.frame import CHANGES, STAGES, measured

    for name, change in CHANGES.items():
        for trials in plan.sizes:
            spent = dict(zip(STAGES, measured(trials, change), strict=True))
            yield Figure(f"rules and words, {name}", f"{trials:,} trials", spent["in all"], "ms CPU")


def demo(plan: Plan) -> Iterator[Figure]:
    """The demo's first trial."""
    from benchmarks.demo import first_trial

    times = [first_trial() for _ in range(plan.runs(3))]
    yield Figure("demo", "to the first finished trial", statistics.median(first for first, _ in times), "s")


def samplers(plan: Plan) -> Iterator[Figure]:
    """Distance from the optimum after a bound was moved, steered and of plain Optuna."""
    from benchmarks.samplers import CASES, SUBJECTS, medians, plainly, steered

    for case, what in CASES.items():
        group = f"samplers: {case}"
        for name in SUBJECTS:
            beyond, distance = medians(name, what, steered, plan.runs(5))
            plain_beyond, plain = medians(name, what, plainly, plan.runs(5))
            if what.new > what.old:
                yield Figure(group, f"{name}: plain Optuna, beyond the old bound", 100 * plain_beyond, "%")
                yield Figure(group, f"{name}: beyond the old bound", 100 * beyond, "%", least=50)
            yield Figure(group, f"{name}: plain Optuna, distance", plain, "")
            yield Figure(group, f"{name}: distance", distance, "")


SECTIONS: Mapping[str, Callable[[Plan], Iterator[Figure]]] = MappingProxyType(
    {
        "reader": reader,
        "peers": others,
        "tick": tick,
        "screen": screen,
        "bytes": terminal,
        "plot": plot,
        "table": table,
        "rules": rules,
        "writers": writers,
        "watching": watching,
        "demo": demo,
        "samplers": samplers,
    }
)
