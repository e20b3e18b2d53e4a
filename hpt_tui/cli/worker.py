"""``hpt-tui worker``: one worker in the foreground."""

from __future__ import annotations

import os

import click

from hpt_tui.cli import options
from hpt_tui.errors import InputError


@click.command("worker")
@click.argument("target", metavar="FILE.py[:objective]")
@click.option(
    "--storage",
    envvar=options.STORAGE_VARIABLE,
    required=True,
    help="The study's storage; or HPT_TUI_STORAGE.",
)
@click.option("--study", help="The study's name; by default the study file's.")
@click.option("--gpu", type=click.IntRange(0, 1023), help="Train on this GPU, as nvidia-smi numbers it.")
@click.option("--slot", type=click.IntRange(0, 4095), default=0, help="The number it is shown under.")
@click.option("--device", default="", hidden=True, help="What the supervisor calls its device.")
@click.option(
    "--validating", is_flag=True, help="Take nothing but runs of the final validation, and end when none waits."
)
def command(
    target: str, storage: str, study: str | None, gpu: int | None, slot: int, device: str, validating: bool
) -> int:
    """One headless worker in the foreground, for scripts, other terminals and other machines.

    It joins a study that `hpt-tui run` has made, takes trials until the study's budget is used up or it is
    told to stop, and obeys every order that is given on the study. Ctrl-C ends its trial as failed.
    """
    options.check_target(target)
    if gpu is not None:
        device = _use_gpu(gpu)
    from hpt_tui.worker.loop import run_worker
    from hpt_tui.worker.options import WorkerOptions

    return run_worker(
        WorkerOptions(
            target=target,
            storage=storage,
            study=study or "",
            slot=slot,
            device=device or "cpu",
            validating=validating,
        )
    )


def _use_gpu(index: int) -> str:
    from hpt_tui.supervisor.gpu import discover, gpu_slot

    environment = {k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"}
    found = {device.index: device for device in discover(environment)}
    if index not in found:
        known = ", ".join(str(i) for i in sorted(found)) or "none"
        raise InputError(f"--gpu {index}", "there is no such GPU", f"this machine has: {known}")
    slot = gpu_slot(found[index])
    os.environ.update(slot.environment)
    return slot.device
