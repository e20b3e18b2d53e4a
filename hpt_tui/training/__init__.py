"""What most training loops need, for study files; small, and built on PyTorch's own parts.

- :func:`make_schedule`, :func:`make_optimizer` by name, and :func:`search_space` to search over both;
- :func:`seed_everything`, :func:`device`, :func:`mixed_precision`;
- :func:`clip_gradients`, :func:`check_finite`;
- :class:`Checkpoint`, from which the retry of a lost trial goes on;
- :class:`RangeTest`, what ``hpt-tui lr-find`` trains, and :func:`run_range_test`.

Importing this package loads nothing; PyTorch is loaded with the first name that needs it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpt_tui.errors import DivergedError
    from hpt_tui.training.checkpoint import Checkpoint
    from hpt_tui.training.machine import device, mixed_precision, seed_everything
    from hpt_tui.training.optimizers import make_optimizer
    from hpt_tui.training.range_test import RangeTest, run_range_test
    from hpt_tui.training.ranges import SCHEDULES, search_space
    from hpt_tui.training.schedules import make_schedule
    from hpt_tui.training.stability import check_finite, clip_gradients

__all__ = [
    "SCHEDULES",
    "Checkpoint",
    "DivergedError",
    "RangeTest",
    "check_finite",
    "clip_gradients",
    "device",
    "make_optimizer",
    "make_schedule",
    "mixed_precision",
    "run_range_test",
    "search_space",
    "seed_everything",
]

_HOMES = {
    "SCHEDULES": "hpt_tui.training.ranges",
    "Checkpoint": "hpt_tui.training.checkpoint",
    "DivergedError": "hpt_tui.errors",
    "RangeTest": "hpt_tui.training.range_test",
    "check_finite": "hpt_tui.training.stability",
    "clip_gradients": "hpt_tui.training.stability",
    "device": "hpt_tui.training.machine",
    "make_optimizer": "hpt_tui.training.optimizers",
    "make_schedule": "hpt_tui.training.schedules",
    "mixed_precision": "hpt_tui.training.machine",
    "run_range_test": "hpt_tui.training.range_test",
    "search_space": "hpt_tui.training.ranges",
    "seed_everything": "hpt_tui.training.machine",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
