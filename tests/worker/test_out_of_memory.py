"""Trials that run out of memory (issue 4, item 6): recognised, named, and tried again by policy."""

from __future__ import annotations

from pathlib import Path

import pytest
from optuna.trial import TrialState

from hpt_tui.domain.care import Care, OnOom
from hpt_tui.domain.machine import Packing
from hpt_tui.store import keys
from hpt_tui.worker.out_of_memory import ran_out_of_memory
from tests.waiting import eventually
from tests.worker.bench import STUDIES, Bench, end_of

FILE = STUDIES / "out_of_memory.py"


class OutOfMemoryError(RuntimeError):
    """Called like torch's."""


def raised_from(error: Exception, cause: Exception, *, hidden: bool = False) -> Exception:
    """``error`` as ``raise error from cause`` leaves it; ``hidden``: as ``raise error from None`` does."""
    error.__context__, error.__cause__ = cause, None if hidden else cause
    error.__suppress_context__ = True
    return error


@pytest.mark.parametrize(
    ("error", "ran_out"),
    [
        (MemoryError(), True),
        (OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("CUDA error: out of memory"), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)"), True),
        (OSError(12, "Cannot allocate memory"), True),
        (raised_from(ValueError("the step failed"), MemoryError()), True),
        (raised_from(ValueError("something else"), MemoryError(), hidden=True), False),
        (ValueError("no luck"), False),
        (ValueError("the model is out of memory slots"), False),
        (RuntimeError("CUDA error: device-side assert triggered"), False),
    ],
)
def test_what_is_known_as_out_of_memory(error: Exception, ran_out: bool) -> None:
    assert ran_out_of_memory(error) is ran_out


def test_numpys_and_torchs_own_are_known() -> None:
    numpy = pytest.importorskip("numpy")
    torch = pytest.importorskip("torch")
    with pytest.raises(MemoryError) as caught:
        numpy.empty((1 << 44, 1 << 8), numpy.int8)
    assert ran_out_of_memory(caught.value)
    assert ran_out_of_memory(torch.cuda.OutOfMemoryError("CUDA out of memory."))


def test_a_real_one_fails_its_trial_by_name_and_the_worker_lives(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OOM", "real")
    bench.create(FILE, budget=2)
    assert bench.ended(bench.start(FILE)) == 0
    assert [t.state for t in bench.trials()] == [TrialState.FAIL] * 2
    assert {end_of(t) for t in bench.trials()} == {("oom", "out of memory: MemoryError")}
    row = bench.seen().by_number[0]
    assert (row.reason, row.counted) == ("out of memory: MemoryError", True)


def test_retried_alone_when_nobody_else_trains_in_the_same_place(
    file_bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bench, place = file_bench, tmp_path / "place"
    place.mkdir()
    monkeypatch.setenv("OOM", "shared")
    monkeypatch.setenv("OOM_PLACE", str(place))
    bench.create(FILE)
    bench.control.set_care(Care(on_oom=OnOom.RETRY_ALONE))
    bench.start(FILE)
    bench.running()
    monkeypatch.setenv("OOM_LARGE", "1")
    bench.start(FILE)
    bench.finished(1)

    def done() -> bool:
        return any(t.state is TrialState.COMPLETE and t.system_attrs.get(keys.TRIAL_ALONE) for t in bench.trials())

    eventually(done, 90)
    lost = next(t for t in bench.trials() if end_of(t)[0] == "oom")
    assert end_of(lost)[1].startswith("out of memory: OutOfMemoryError: CUDA out of memory. Tried to allocate")
    again = next(t for t in bench.trials() if t.system_attrs.get("retry_history", [None])[-1] == lost.number)
    assert (again.params, again.state) == (lost.params, TrialState.COMPLETE)
    assert not bench.seen().control.paused
    told = [e.after for e in bench.seen().events if e.act == "retry"]
    assert told[0] == f"waits as #{again.number}, for more memory, alone"


def test_with_a_smaller_packing_a_gpu_gets_one_worker_fewer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OOM", "real")
    bench.create(FILE, budget=2)
    bench.control.set_care(Care(on_oom=OnOom.PACK_LESS))
    bench.control.pack("far", ["0"], 3, 1.0)
    assert bench.ended(bench.start(FILE, host="far")) == 0
    packing = bench.seen().control.packing["far"]
    assert packing == Packing(("0",), 1, packing.at)
    first, second = [e.after for e in bench.seen().events if e.act == "choose-gpus"]
    assert first == "gpu 0 with up to 2 workers each, as #0 ran out of memory"
    assert second == "gpu 0 with up to 1 worker each, as #1 ran out of memory"
    assert bench.trials()[1].system_attrs["retry_history"] == [0]


@pytest.mark.parametrize(
    ("care", "tries", "alone", "again"),
    [
        (Care(), 0, False, False),
        (Care(retries=3, failed=True), 0, False, False),
        (Care(on_oom=OnOom.RETRY_ALONE), 0, False, True),
        (Care(on_oom=OnOom.RETRY_ALONE), 2, False, True),
        (Care(on_oom=OnOom.RETRY_ALONE, retries=9), 1, True, False),
        (Care(on_oom=OnOom.PACK_LESS), 0, False, True),
        (Care(on_oom=OnOom.PACK_LESS), 1, False, False),
        (Care(on_oom=OnOom.PACK_LESS, retries=2), 1, False, True),
    ],
)
def test_who_is_tried_again(care: Care, tries: int, alone: bool, again: bool) -> None:
    assert care.retries_it("oom", tries, alone=alone) is again
