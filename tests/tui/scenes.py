"""The states that every view is shown in, as frames."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace

from hpt_tui.domain.event import Event, values
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.frame import Access, Frame
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.trials import PruneTrial
from hpt_tui.domain.snapshot import Control, Outline, StudySnapshot
from hpt_tui.domain.space import Bound, Choices, FloatRange, ParamValue
from hpt_tui.domain.trial import Curve, TrialRow, TrialState, Validates
from hpt_tui.domain.worker import WorkerState
from tests.builders import NOON, SPACE, curve, flag, frame, study, trial, worker

EVIL = "[bold red]x[/no] [@click=app.quit]go[/] \x1b[31mred\x1b[0m 🎉漢字 \u202eabc " + "n" * 200
"""Markup, a click action, an escape sequence, wide characters, a text direction override, 200 letters."""


def params(n: int) -> dict[str, ParamValue]:
    dice = random.Random(n)
    return {
        "lr": 10 ** dice.uniform(-4, -1.05),
        "weight_decay": 10 ** dice.uniform(-6, -2),
        "dropout": round(dice.uniform(0, 0.6), 4),
        "batch_size": dice.choice((16, 32, 64, 128)),
        "optimizer": dice.choice(("sgd", "adamw")),
    }


def curves_of(n: int, steps: int, best: float) -> list[Curve]:
    dice = random.Random(n)
    acc = [best - (best - 0.4) * math.exp(-s / 4) + dice.gauss(0, 0.003) for s in range(steps)]
    val = [(1 - a) * 2.2 + 0.02 for a in acc]
    train = [v * (0.9 - 0.012 * s) for s, v in enumerate(val)]
    return [curve(n, "val_acc", acc), curve(n, "train_loss", train), curve(n, "val_loss", val)]


def rows(count: int = 40, running: int = 2) -> tuple[list[TrialRow], list[Curve]]:
    """``count`` ended trials, half of them pruned, one failed, the baseline first, and some running."""
    dice = random.Random(7)
    trials, curves = [], []
    for n in range(count + running):
        goal = dice.uniform(0.86, 0.975) if n != 31 else 0.9778
        state, steps = TrialState.COMPLETE, 30
        if n >= count:
            state, steps = TrialState.RUNNING, 12 - 9 * (n - count)
        elif n % 2 and n != 31:
            state, steps, goal = TrialState.PRUNED, dice.randint(3, 11), goal - 0.05
        elif n == 18:
            state, steps = TrialState.FAILED, 4
        lines = curves_of(n, steps, goal)
        trials.append(
            replace(
                trial(
                    n,
                    state,
                    goal,
                    params=params(n),
                    steps=steps,
                    seconds=steps * 0.48,
                    last_value=lines[0].values[-1],
                    baseline=n == 0,
                    reason="RuntimeError: loss is NaN at step 4" if n == 18 else "",
                ),
                started=NOON - (14.4 if n == count else 3.5) if n >= count else NOON - 760 + n * 18,
                ended=None if n >= count else NOON - 760 + n * 18 + steps * 0.48,
            )
        )
        curves += lines
    return trials, curves


WORKERS = (
    worker(0, trial=40, step=12, pace=0.48),
    worker(1, trial=41, step=3, pace=0.51),
)
EDGE = flag(
    summary="lr 8.9e-2 is 2 % from its upper bound 1.0e-1; 6 of the best 10 crowd there.",
    evidence=(
        ("best value", 0.0891),
        ("bound", 0.1),
        ("distance to the bound", "2 %"),
        ("of the best 10 near it", 6),
    ),
    cause="The best learning rates lie beyond the end of the range, where no trial may look.",
    fix="Widen the upper bound of lr to 1.0e0 and let ten more trials run.",
    order=ChangeBound("lr", high=1.0, reason="edge"),
)
SPIKY = flag(
    "spiky-loss",
    Severity.CRITICAL,
    summary="The loss of #40 jumped from 0.31 to 14.2 at step 9; 5 of the last 8 did, all with lr above 5.0e-2.",
    order=PruneTrial(40),
    parameters=(),
    trials=(40, 38, 33),
    rule="G24.1",
)
ALIKE = flag(
    "all-alike",
    Severity.INFO,
    summary="17 complete trials lie within 0.002 of each other.",
    parameters=(),
    rule="G24.6",
)


def running_study(**changes: object) -> StudySnapshot:
    trials, curves = rows()
    made = study(trials, curves=curves, name="digits-mlp")
    return replace(made, **changes)  # type: ignore[arg-type]


def empty() -> Frame:
    return frame(study())


def running() -> Frame:
    return frame(running_study(), workers=WORKERS)


def reading() -> Frame:
    """A big study that is still being read: the newest and the best trials are there, and the counts of all."""
    trials, curves = rows()
    later = 100_000 - len(trials)
    part = study(
        [replace(t, number=t.number + later) for t in trials],
        curves=[replace(c, trial=c.trial + later) for c in curves],
        name="digits-mlp",
        budget=200_000,
    )
    ended = {TrialState.COMPLETE: 52_118, TrialState.PRUNED: 47_863, TrialState.FAILED: 17}
    counts = {**dict.fromkeys(TrialState, 0), **ended, TrialState.RUNNING: 2}
    workers = tuple(replace(w, trial=(w.trial or 0) + later) for w in WORKERS)
    return frame(replace(part, outline=Outline(counts, read=8_000)), workers=workers)


def flagged(flags: tuple[Flag, ...] = (SPIKY, EDGE, ALIKE)) -> Frame:
    control = Control(bounds={"dropout": Bound(0.0, 0.8, NOON - 60)}, stamp=NOON - 60)
    events = (
        Event(NOON - 100_000, "ada@gpubox", "take-control"),
        Event(NOON - 60, "ada@gpubox", "widen", "dropout", "0.6", "0.8", "edge"),
        Event(NOON - 30, "ada@gpubox", "prune", "#17"),
    )
    workers = (
        WORKERS[0],
        replace(WORKERS[1], obeys=False),
        worker(2, WorkerState.LOST, pace=None, silent=75.0, note="RuntimeError: CUDA out of memory"),
        worker(0, trial=39, step=5, device="gpu0", here=False),
    )
    return frame(running_study(control=control, events=events), flags=flags, workers=workers, wanted=3)


def steered() -> Frame:
    """Two people have steered: lr was moved four times, the third time taken back, and what ended is told."""
    low, tens = 1e-4, {0.1: "1.0e-1", 0.5: "5.0e-1", 1.0: "1.0e0", 2.0: "2.0e0"}

    def moved(ago: float, by: str, act: str, was: float, became: float, **more: str) -> Event:
        words = (f"1.0e-4 .. {tens[was]}", f"1.0e-4 .. {tens[became]}")
        exact = values(low=low, high=was), values(low=low, high=became)
        return Event(NOON - ago, by, act, "lr", *words, was=exact[0], became=exact[1], **more)

    ada, bob = "ada@gpubox", "bob@laptop"
    events = (
        Event(NOON - 100_000, ada, "take-control", id="1-a0"),
        moved(900, ada, "widen", 0.1, 0.5, why="edge", id="2-a1"),
        moved(700, bob, "widen", 0.5, 2.0, id="3-b1"),
        moved(650, ada, "undo-widen", 2.0, 0.5, undoes="3-b1", id="4-a2"),
        moved(300, ada, "widen", 0.5, 1.0, why="edge", id="5-a3"),
        Event(
            *(NOON - 200, bob, "fix", "dropout", "", "0.2123"),
            was=values(fixed=False, value=None),
            became=values(fixed=True, value=0.212345678),
            id="6-b2",
        ),
        Event(NOON - 60, ada, "prune", "#17", id="7-a4"),
        Event(NOON - 30, "", "ended", "#17", "", "pruned: at its next report, 4 s after the order", id="8-w1"),
    )
    control = Control(bounds={"lr": Bound(low, 1.0, NOON - 300)}, fixed={"dropout": 0.212345678}, stamp=NOON - 60)
    return frame(running_study(control=control, events=events), workers=WORKERS)


def finished() -> Frame:
    trials, curves = rows(100, 0)
    return frame(study(trials, curves=curves, name="digits-mlp"), finished=True)


def stale() -> Frame:
    trouble = "sqlite …/study.db: the storage does not answer (database is locked)"
    return replace(running(), stale_since=NOON - 124, trouble=trouble)


def hostile() -> Frame:
    """Every text from the study is hostile."""
    declared = {EVIL: FloatRange(1e-4, 1e-1, log=True), "漢字🎉": Choices((EVIL, "ok")), **SPACE}
    values: dict[str, ParamValue] = {EVIL: 1e-3, "漢字🎉": EVIL}
    trials, curves = rows(12, 1)
    evil = [replace(t, params={**values, **t.params}, ranges=declared, reason=EVIL) for t in trials]
    lines = [replace(c, metric=EVIL if c.metric == "val_acc" else c.metric) for c in curves]
    made = study(
        evil,
        curves=lines,
        name=EVIL,
        metric=EVIL,
        declared=declared,
        events=(Event(NOON - 5, EVIL, "widen", EVIL, EVIL, EVIL, EVIL),),
        control=Control(bounds={EVIL: Bound(1e-4, 1.0)}),
    )
    bad = flag(EVIL, summary=EVIL, cause=EVIL, fix=EVIL, evidence=((EVIL, EVIL),), parameters=(EVIL,), rule=EVIL)
    lost = worker(1, WorkerState.LOST, device=EVIL, note=EVIL, here=False)
    return frame(replace(made, storage=EVIL), flags=(bad,), workers=(worker(0, trial=12, device=EVIL), lost))


def watched() -> Frame:
    return replace(running(), access=Access(steering=False))


def thousands(count: int = 10_000) -> Frame:
    """A big study, without curves."""
    made = [replace(trial(n, value=0.9 + (n * 7919 % 1000) / 1e4), params=params(n)) for n in range(count)]
    return frame(study(made, budget=None))


def validated(seeds: int = 3, *, of: tuple[int, ...] = (31, 2, 24, 0)) -> Frame:
    """The search is over, and a few of its configurations were validated; one seed failed, one run is to come."""
    trials, curves = rows(100, 0)
    numbers, runs = itertools.count(100), []
    for n in of:
        found = trials[n]
        for seed in range(1, seeds + 1):
            state = TrialState.COMPLETE
            if (n, seed) == (2, 2):
                state = TrialState.FAILED
            elif (n, seed) == (of[-1], seeds):
                state = TrialState.RUNNING
            dice, number = random.Random(n * 10 + seed), next(numbers)
            value = (found.value or 0.9) - 0.004 + dice.gauss(0, 0.003)
            runs.append(
                trial(
                    number,
                    state,
                    value,
                    params=dict(found.params),
                    validates=Validates(n, seed),
                    reason="RuntimeError: CUDA out of memory" if state is TrialState.FAILED else "",
                )
            )
    return frame(study([*trials, *runs], curves=curves, name="digits-mlp"), workers=WORKERS[:1])
