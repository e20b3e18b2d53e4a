"""Trials that run out of memory: known by their exception, and what is tried for them."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

OOM_NAMES = ("MemoryError", "OutOfMemoryError", "ResourceExhaustedError", "_ArrayMemoryError")
"""Python's, torch's (of every version), TensorFlow's, NumPy's."""
OOM_WORDS = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "cublas_status_alloc_failed",
    "cudnn_status_alloc_failed",
    "resource_exhausted",
)
"""What drivers and libraries say in a RuntimeError, an OSError or an XlaRuntimeError."""
_SAYING = (RuntimeError, OSError)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether ``error``, or what it was raised for, says that there was no memory left, on a GPU or elsewhere."""
    return any(map(_says_so, _causes(error)))


def _says_so(error: BaseException) -> bool:
    if any(kind.__name__ in OOM_NAMES for kind in type(error).__mro__):
        return True
    return isinstance(error, _SAYING) and any(words in str(error).lower() for words in OOM_WORDS)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it was raised from, but for what a handler had dealt with."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def let_go_of_memory() -> None:
    """Give back what the last trial left behind, so that the next one does not start on a full GPU."""
    gc.collect()
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is not None and cuda.is_initialized():
        cuda.empty_cache()
