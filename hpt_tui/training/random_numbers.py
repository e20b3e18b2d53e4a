"""All random numbers of a process that training draws: Python's, NumPy's, torch's, and those of every GPU."""

from __future__ import annotations

import random
from typing import Any, TypeAlias

import numpy as np
import torch

RandomState: TypeAlias = dict[str, Any]
"""What torch reads back with ``weights_only=True``."""


def random_state() -> RandomState:
    """Where the generators are now."""
    numpy = np.random.get_state(legacy=False)
    return {
        "python": random.getstate(),
        "numpy": (numpy["state"]["key"].tolist(), numpy["state"]["pos"], numpy["has_gauss"], numpy["gauss"]),
        "torch": torch.get_rng_state(),
        "gpus": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def set_random_state(state: RandomState) -> None:
    """Put them where they were; those of the GPUs only where there are as many as there were."""
    key, at, has_gauss, gauss = state["numpy"]
    random.setstate(state["python"])
    np.random.set_state(("MT19937", np.array(key, dtype=np.uint32), at, has_gauss, gauss))
    torch.set_rng_state(state["torch"])
    if torch.cuda.is_available() and len(state["gpus"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["gpus"])
