"""GPUs as they are named on the command line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from hpt_tui.errors import InputError

if TYPE_CHECKING:
    from hpt_tui.domain.machine import Packing
    from hpt_tui.supervisor.gpu import Device


class GpuNames(click.ParamType[tuple[str, ...]]):
    """``0,2``, ``1:0`` for a MIG instance, beginnings of UUIDs, or ``all`` (none named)."""

    name = "0,2|UUID…|all"

    def convert(
        self, value: str | tuple[str, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        from hpt_tui.domain.machine import gpu_names

        try:
            return gpu_names(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


gpus = click.option("--gpus", type=GpuNames(), help="Train on these GPUs only, as nvidia-smi numbers them.")
per_gpu = click.option(
    "--per-gpu",
    type=click.IntRange(1, 32),
    help="Workers on each GPU, each with that share of its memory.",
)


def devices_here() -> tuple[Device, ...]:
    """The GPUs of this machine that are ours."""
    from hpt_tui.supervisor.gpu import discover

    return discover(os.environ)


def packing_here(names: tuple[str, ...] | None, per_gpu: int | None) -> Packing | None:
    """What ``--gpus`` and ``--per-gpu`` say of this machine, the GPUs by UUID; None if neither was given.

    Raises:
        InputError: there is no such GPU here.
    """
    if names is None and per_gpu is None:
        return None
    from hpt_tui.domain.machine import Packing
    from hpt_tui.supervisor.allotment import resolved

    devices = devices_here()
    if not devices:
        raise InputError("--gpus and --per-gpu", "this machine has no GPU that could be used", "leave them out")
    try:
        chosen = resolved(names or (), devices)
    except LookupError as error:
        raise InputError("--gpus", str(error)) from error
    return Packing(tuple(device.uuid for device in chosen), per_gpu)
