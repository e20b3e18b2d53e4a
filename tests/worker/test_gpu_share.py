"""A worker's share of its GPU's memory: told to a torch that is there, or comes later (made up here)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from hpt_tui.worker.gpu_share import GpuShare

TORCH = """
from types import SimpleNamespace

told, waiting = [], []
cuda = SimpleNamespace(
    initialized=False,
    is_initialized=lambda: cuda.initialized,
    is_available=lambda: True,
    _lazy_call=waiting.append,
    set_per_process_memory_fraction=lambda share, device: told.append((share, device)),
)

def start():
    cuda.initialized = True
    for call in waiting:
        call()
"""


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GpuShare]:
    (tmp_path / "torch.py").write_text(TORCH)
    monkeypatch.syspath_prepend(str(tmp_path))
    # Set, so that it is taken away again where none was there; deleted, so that it can be imported.
    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    monkeypatch.delitem(sys.modules, "torch")
    monkeypatch.setenv("HPT_TUI_GPU_SHARE", "1")
    before = [*sys.meta_path]
    yield GpuShare()
    sys.meta_path[:] = before


def told() -> list[tuple[float, int]]:
    found: list[tuple[float, int]] = sys.modules["torch"].told
    return found


def imported() -> Callable[[], None]:
    import torch

    return torch.start  # type: ignore[no-any-return,attr-defined]


def test_a_study_file_can_read_its_share(share: GpuShare) -> None:
    share.keep_to(1 / 3)
    assert os.environ["HPT_TUI_GPU_SHARE"] == "0.3333"


def test_nothing_imports_torch_for_it(share: GpuShare) -> None:
    share.keep_to(0.5)
    assert "torch" not in sys.modules


def test_cuda_that_runs_is_told_at_once_and_again_when_the_packing_changes(share: GpuShare) -> None:
    imported()()
    share.keep_to(0.5)
    share.keep_to(0.5)
    share.keep_to(1.0)
    assert told() == [(0.5, 0), (1.0, 0)]


def test_cuda_that_starts_later_is_told_then_and_not_started_for_it(share: GpuShare) -> None:
    start = imported()
    share.keep_to(0.5)
    assert told() == []
    start()
    assert told() == [(0.5, 0)]


def test_torch_that_is_imported_later_is_told_then_and_its_loader_stays_its_own(share: GpuShare) -> None:
    share.keep_to(0.5)
    share.keep_to(0.25)
    imported()()
    assert told() == [(0.25, 0)]
    assert type(sys.modules["torch"].__loader__).__name__ == "SourceFileLoader"


def test_a_whole_gpu_is_never_spoken_of(share: GpuShare) -> None:
    share.keep_to(1.0)
    imported()()
    assert told() == []


def test_a_torch_that_answers_otherwise_stops_nothing(
    share: GpuShare, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "torch.py").write_text("from types import SimpleNamespace\ncuda = SimpleNamespace()\n")
    share.keep_to(0.5)
    import torch  # noqa: F401

    assert "the share of the GPU's memory cannot be set" in capsys.readouterr().err
