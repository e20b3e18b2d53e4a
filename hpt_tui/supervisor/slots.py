"""The places that workers have on this machine, and what each gets of the cores."""

from __future__ import annotations

import os
from collections.abc import Mapping

from hpt_tui.domain.machine import SHARE_VARIABLE
from hpt_tui.supervisor.allotment import Allotment
from hpt_tui.supervisor.gpu import Slot, gpu_slot

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
MOST_CPU_WORKERS = 4
"""How many workers a machine without GPUs gets by itself."""


def slots(
    allotment: Allotment, workers: int | None, cores: int, environ: Mapping[str, str] | None = None
) -> tuple[Slot, ...]:
    """Places for ``workers`` workers, or for as many as suit the machine: as many a GPU as are allowed, else one,
    or without GPUs one for each of the ``cores``, 4 at most. More workers than GPUs take turns on them. The cores
    are shared out evenly as threads, except through variables that ``environ`` (by default this process's)
    already sets.
    """
    environ = os.environ if environ is None else environ
    gpus = bool(allotment.devices)
    if workers is None:
        per_gpu = allotment.packing.per_gpu or 1
        workers = len(allotment.chosen) * per_gpu if gpus else max(1, min(cores, MOST_CPU_WORKERS))
    places = allotment.places(workers)
    count = max(1, cores // (len(places) or workers)) if workers else 1
    threads = tuple((name, str(count)) for name in THREAD_VARIABLES if name not in environ)
    if not gpus:
        return tuple(Slot(index, "cpu", threads) for index in range(workers))
    share = allotment.packing.share
    extra = threads if share == 1.0 else (*threads, (SHARE_VARIABLE, f"{share:.4g}"))
    return tuple(gpu_slot(device, index, extra) for index, device in places)
