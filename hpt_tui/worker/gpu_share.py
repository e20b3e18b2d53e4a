"""Keeping a worker to its share of a GPU's memory, without importing torch where the study file doesn't."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from hpt_tui.domain.machine import SHARE_VARIABLE
from hpt_tui.worker.narration import in_words, say


class GpuShare:
    """Says to torch, once that is imported and CUDA is in use, how much of the GPU it may take.

    More than that, torch's allocator answers with an out-of-memory error of this process alone. What a process
    takes besides that allocator (the CUDA context, other libraries) is not counted.
    """

    def __init__(self) -> None:
        self._share = 1.0
        self._waits = False

    def keep_to(self, share: float) -> None:
        """Take at most that part of the memory, above 0 and at most 1, from now on."""
        os.environ[SHARE_VARIABLE] = f"{share:.4g}"
        if share == self._share:
            return
        self._share = share
        torch = sys.modules.get("torch")
        if torch is not None:
            self._tell(torch)
        elif not self._waits:
            self._waits = True
            sys.meta_path.insert(0, _WhenTorchIsImported(self._tell))

    def _tell(self, torch: ModuleType) -> None:
        """At once where CUDA runs; else when it starts, which must not be our doing: a context costs memory."""
        cuda = getattr(torch, "cuda", None)
        if cuda is None:
            return
        try:
            if cuda.is_initialized():
                self._apply(torch)
            elif cuda.is_available():
                # As torch.cuda.manual_seed does it.
                cuda._lazy_call(lambda: self._apply(torch))
        except Exception as error:  # noqa: BLE001  another version of torch: the trial must run all the same
            say(f"the share of the GPU's memory cannot be set ({in_words(error)})")

    def _apply(self, torch: ModuleType) -> None:
        try:
            torch.cuda.set_per_process_memory_fraction(self._share, 0)
        except Exception as error:  # noqa: BLE001  it may come in the middle of the user's code
            say(f"the share of the GPU's memory cannot be set ({in_words(error)})")


class _WhenTorchIsImported:
    """A finder that finds nothing itself, and calls ``then`` once torch has been imported."""

    def __init__(self, then: Callable[[ModuleType], None]) -> None:
        self._then = then

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "torch":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            self._listen(spec.loader)
        return spec

    def _listen(self, loader: object) -> None:
        load: Callable[[ModuleType], None] | None = getattr(loader, "exec_module", None)
        if load is None:
            return

        def load_and_tell(module: ModuleType) -> None:
            load(module)
            self._then(module)

        # The instance's own, which goes with it: the loader stays what it is for everybody else.
        setattr(loader, "exec_module", load_and_tell)  # noqa: B010
