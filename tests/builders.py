"""Nouns for tests, every field defaulted: say only what the test is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hpt_tui.domain.event import Event
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.frame import Access, Frame
from hpt_tui.domain.method import Method
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.snapshot import Control, StudySnapshot
from hpt_tui.domain.space import Choices, FloatRange, IntRange, ParamValue, Range
from hpt_tui.domain.trial import Curve, Direction, TrialRow, TrialState, Validates
from hpt_tui.domain.trial_ledger import trials_of
from hpt_tui.domain.trials import Trials
from hpt_tui.domain.worker import Lease, WorkerState, WorkerView

NOON = 1_790_000_000.0
"""The moment at which every test takes place, epoch seconds."""

SPACE: Mapping[str, Range] = {
    "lr": FloatRange(1e-4, 1e-1, log=True),
    "weight_decay": FloatRange(1e-6, 1e-2, log=True),
    "dropout": FloatRange(0.0, 0.6),
    "batch_size": IntRange(16, 128, log=True),
    "optimizer": Choices(("sgd", "adamw")),
}

PARAMS: Mapping[str, ParamValue] = {
    "lr": 3e-3,
    "weight_decay": 1e-4,
    "dropout": 0.2,
    "batch_size": 64,
    "optimizer": "adamw",
}


def with_row(trials: Trials, row: TrialRow) -> Trials:
    """``trials`` with one of them as it is now."""
    return trials_of(row if old.number == row.number else old for old in trials)


def trial(
    number: int = 0,
    state: TrialState = TrialState.COMPLETE,
    value: float | None = 0.95,
    *,
    params: Mapping[str, ParamValue] | None = None,
    ranges: Mapping[str, Range] | None = None,
    steps: int = 30,
    seconds: float = 14.0,
    last_value: float | None = None,
    non_finite: bool = False,
    baseline: bool = False,
    reason: str = "",
    by_hand: bool = False,
    validates: Validates | None = None,
) -> TrialRow:
    """A trial that ran for ``seconds``; those of number n start 15 s after those of n - 1."""
    started = NOON - 3600 + number * 15.0
    running = state is TrialState.RUNNING
    shown = value if state in (TrialState.COMPLETE, TrialState.PRUNED) and value is not None else None
    return TrialRow(
        number=number,
        state=state,
        values=() if shown is None else (shown,),
        params={**PARAMS, **(params or {})},
        ranges=ranges if ranges is not None else SPACE,
        started=None if state is TrialState.WAITING else started,
        ended=started + seconds if state.finished else None,
        steps=steps,
        last_step=steps - 1 if steps else None,
        last_value=last_value if last_value is not None else (value if steps or running else None),
        non_finite=non_finite,
        baseline=baseline,
        reason=reason,
        by_hand=by_hand,
        validates=validates,
    )


def curve(number: int, metric: str, values: Sequence[float], *, first: int = 0) -> Curve:
    return Curve.of(number, metric, range(first, first + len(values)), values)


def study(
    trials: Iterable[TrialRow] = (),
    *,
    curves: Iterable[Curve] = (),
    name: str = "digits",
    direction: Direction = Direction.MAXIMIZE,
    metric: str = "val_acc",
    declared: Mapping[str, Range] | None = None,
    control: Control = Control(),
    leases: tuple[Lease, ...] = (),
    events: tuple[Event, ...] = (),
    budget: int | None = 100,
    steps: int | None = 30,
    study_file: str = "studies/digits.py",
    method: Method | None = None,
) -> StudySnapshot:
    grouped: dict[int, tuple[Curve, ...]] = {}
    for one in curves:
        grouped[one.trial] = (*grouped.get(one.trial, ()), one)
    return StudySnapshot(
        name=name,
        storage="sqlite …/digits.db",
        directions=(direction,),
        metric=metric,
        trials=trials_of(trials),
        curves=grouped,
        declared=SPACE if declared is None else declared,
        control=control,
        leases=leases,
        events=events,
        budget=budget,
        steps=steps,
        method=method,
        study_file=study_file,
    )


def worker(
    slot: int = 0,
    state: WorkerState = WorkerState.TRAINING,
    *,
    trial: int | None = None,
    step: int | None = None,
    pace: float | None = 0.5,
    silent: float | None = 0.4,
    device: str = "cpu",
    here: bool = True,
    obeys: bool = True,
    note: str = "",
) -> WorkerView:
    pid = 4123 + slot
    return WorkerView(
        f"gpubox-{pid}-1a2b", slot, "gpubox", pid, device, state, trial, step, pace, silent, here, obeys, note
    )


def flag(
    id: str = "edge",  # noqa: A002
    severity: Severity = Severity.WARNING,
    *,
    summary: str = "lr 8.9e-2 is 2 % from its upper bound 1.0e-1; 6 of the best 10 crowd there",
    cause: str = "The best values lie beyond the bound.",
    fix: str = "Widen the upper bound of lr to 1.0e0.",
    evidence: tuple[tuple[str, float | int | str], ...] = (("position", 0.98), ("crowding", "6 of 10")),
    parameters: tuple[str, ...] = ("lr",),
    trials: tuple[int, ...] = (31, 27),
    order: Order | None = None,
    rule: str = "G24.3",
) -> Flag:
    return Flag(id, severity, summary, cause, fix, evidence, parameters, trials, order, rule)


def frame(
    snapshot: StudySnapshot | None = None,
    *,
    flags: tuple[Flag, ...] = (),
    workers: tuple[WorkerView, ...] = (),
    wanted: int | None = None,
    access: Access = Access(steering=True),
    now: float = NOON,
    opened: bool = True,
    stale_since: float | None = None,
    trouble: str = "",
    finished: bool = False,
) -> Frame:
    return Frame(
        study=snapshot if snapshot is not None else study(),
        flags=flags,
        workers=workers,
        wanted=len(workers) if wanted is None else wanted,
        access=access,
        now=now,
        opened=opened,
        stale_since=stale_since,
        trouble=trouble,
        finished=finished,
    )
