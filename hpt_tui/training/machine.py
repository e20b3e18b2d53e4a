"""The machine a trial trains on: its device, its precision, its random numbers."""

from __future__ import annotations

import random
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch

MOST_SEED = 2**32 - 1
"""NumPy takes no larger one."""


def seed_everything(seed: int) -> torch.Generator:
    """Seed Python's, NumPy's and torch's random numbers, those of every GPU included.

    Returns a generator with the same seed, for ``DataLoader(generator=...)``: the order of the batches and what
    its worker processes draw then depend on it alone. On a GPU some operations still differ from run to run; see
    ``torch.use_deterministic_algorithms``.

    Raises:
        ValueError: ``seed`` is not between 0 and 2**32 - 1.
    """
    if not 0 <= seed <= MOST_SEED:
        raise ValueError(f"seed: must be 0 to {MOST_SEED}, not {seed}")
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def device() -> torch.device:
    """The GPU that this process sees, the first if there are several, or else the CPU. A worker sees the one that
    it was given."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def mixed_precision(where: torch.device | None = None, *, on: bool = True) -> AbstractContextManager[object]:
    """A context for the forward pass and the loss: bfloat16 where the GPU computes in it, else nothing.

    ``where``: where the model lies, None: :func:`device`. ``on=False`` switches it off, for a search that
    compares. bfloat16 has float32's range of exponents, so that no gradient scaler is needed. On a CPU it is
    rarely faster, and so stays off. A new context for every step.
    """
    where = where or device()
    if on and where.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return nullcontext()
