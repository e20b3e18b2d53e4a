"""``hpt-tui ps``: the workers of a study, wherever they run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from hpt_tui.cli import orders
from hpt_tui.domain.figures import UNKNOWN, duration, plain
from hpt_tui.domain.phases.course import under_way
from hpt_tui.domain.progress import stop_words

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.worker import WorkerView

HEAD = ("HOST", "PID", "DEVICE", "STATE", "TRIAL", "STEP", "SILENT", "NOTE")


@click.command("ps", cls=orders.StorageFirst)
@orders.on_a_study
def command(storage: str, study: str | None, as_document: bool) -> int:
    """The workers of a study on every machine: where each runs, on what, which trial, and for how long it has
    given no sign of life (one that lives does every five seconds). Nothing is written.
    """
    with orders.open_errand(orders.Where(storage, study, as_document)) as errand:
        frame = errand.frame
    if as_document:
        click.echo(json.dumps(_document(frame), allow_nan=False))
        return 0
    if ordered := stop_words(frame.study, frame.now):
        orders.narrate(f"{frame.study.name}: {ordered}")
    if phase := under_way(frame.study):
        orders.narrate(f"{frame.study.name}: phase {phase}")
    if not frame.workers:
        click.echo("no worker of hpt-tui's is there", err=True)
    else:
        click.echo(_table([HEAD, *map(_row, frame.workers)]))
    return 0


def _row(view: WorkerView) -> tuple[str, ...]:
    trial = UNKNOWN if view.trial is None else f"#{view.trial}"
    step = UNKNOWN if view.step is None else str(view.step)
    told = (view.host, str(view.pid), view.device, view.state.value, trial, step, duration(view.silent), view.note)
    return tuple(map(plain, told))


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _document(frame: Frame) -> orders.Document:
    """``study``, ``storage``, ``wanted`` (workers by machine), ``stop`` (what was ordered) and ``workers``,
    those of this machine first."""
    wanted = {host: crew.workers for host, crew in sorted(frame.study.control.wanted.items())}
    study = {"study": frame.study.name, "storage": frame.study.storage, "wanted": wanted}
    study["stop"] = stop_words(frame.study, frame.now)
    return {**study, "workers": [_facts(view) for view in frame.workers]}


def _facts(view: WorkerView) -> orders.Document:
    return {
        "worker": view.worker,
        "host": view.host,
        "pid": view.pid,
        "slot": view.slot,
        "device": view.device,
        "state": view.state.value,
        "trial": view.trial,
        "step": view.step,
        "seconds_per_step": view.pace,
        "silent": view.silent,
        "obeys": view.obeys,
        "note": view.note,
    }
