"""``hpt-tui gpus``: which GPUs of a machine are used, and by how many workers each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hpt_tui.cli import orders
from hpt_tui.cli.gpu_choice import GpuNames, devices_here
from hpt_tui.errors import InputError

if TYPE_CHECKING:
    from hpt_tui.domain.orders.order import WrittenOrder


@click.command("gpus", cls=orders.StorageFirst)
@orders.on_a_study
@click.argument("names", metavar="[0,2|UUID…|all]", type=GpuNames(), required=False)
@click.option("--per-gpu", type=click.IntRange(1, 32), help="Workers on each, each with that share of its memory.")
@click.option("--drain", metavar="GPU", type=GpuNames(), help="Let the workers there end, and start none.")
@click.option("--undrain", metavar="GPU", type=GpuNames(), help="Let workers be started there again.")
@click.option("--host", metavar="H", help="The machine, by its host name; this one by default.")
def command(
    storage: str,
    study: str | None,
    as_document: bool,
    names: tuple[str, ...] | None,
    per_gpu: int | None,
    drain: tuple[str, ...] | None,
    undrain: tuple[str, ...] | None,
    host: str | None,
) -> int:
    """Say which GPUs of a machine have workers of the study, and how many each.

    Workers on other GPUs, and those too many on one, end after their trial; missing ones are started by the
    `hpt-tui run` that is open on that machine. Without --per-gpu each GPU has one, and those wanted beyond that
    take turns.
    """
    if (names, per_gpu, drain, undrain) == (None, None, None, None):
        raise InputError(
            "the GPUs", "nothing is said of them", "name some (0,2 or all), --per-gpu, or --drain GPU"
        )
    if drain == () or undrain == ():
        raise InputError("--drain", "'all' would leave none", "use hpt-tui pause, or hpt-tui workers URL 0")
    from hpt_tui.supervisor.host import this_host

    here = this_host().name
    machine = host or here
    given: list[WrittenOrder] = []
    if names is not None or per_gpu is not None:
        given.append(_choice(machine, names or (), per_gpu, local=machine == here))
    given += _drains(machine, drain or (), on=True, local=machine == here)
    given += _drains(machine, undrain or (), on=False, local=machine == here)
    return orders.give(orders.Where(storage, study, as_document), *given)


def _choice(host: str, names: tuple[str, ...], per_gpu: int | None, *, local: bool) -> WrittenOrder:
    from hpt_tui.domain.orders.gpus import ChooseGpus

    chosen = _canonical(names, local=local)
    count = len(chosen) or (len(devices_here()) if local else 0)
    return ChooseGpus(host, chosen, per_gpu, count * (per_gpu or 1) or None)


def _drains(host: str, names: tuple[str, ...], *, on: bool, local: bool) -> list[WrittenOrder]:
    from hpt_tui.domain.orders.gpus import DrainGpu

    return [DrainGpu(host, name, on) for name in (_canonical(names, local=local) if names else ())]


def _canonical(names: tuple[str, ...], *, local: bool) -> tuple[str, ...]:
    """The GPUs of this machine by UUID; another machine's by what they were called, which its session resolves.

    Raises:
        InputError: this machine has no such GPU.
    """
    if not local:
        return names
    from hpt_tui.supervisor.allotment import resolved

    devices = devices_here()
    if not devices:
        raise InputError("the GPUs", "this machine has none", "name the machine with --host")
    try:
        return tuple(device.uuid for device in resolved(names, devices))
    except LookupError as error:
        raise InputError("the GPUs", str(error)) from error
