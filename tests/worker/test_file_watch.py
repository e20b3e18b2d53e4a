"""A database's file that is deleted or replaced under a running worker."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from optuna.trial import TrialState

from hpt_tui.domain.worker import STORAGE_AWAY
from hpt_tui.store.connect import open_storage
from hpt_tui.worker.file_watch import FileWatch
from tests.worker.bench import STUDIES, Bench, now


def delete(file: Path) -> None:
    file.unlink()


def replace(file: Path) -> None:
    other = file.with_name("other.db")
    shutil.copy(file, other)
    other.replace(file)


def test_a_file_that_is_written_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "study.db"
    file.touch()
    watch = FileWatch(file)
    file.write_text("more")
    assert watch.problem() == ""


def test_a_disk_that_does_not_answer_is_not_a_file_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "study.db"
    file.touch()
    watch = FileWatch(file)

    def stale(path: Path) -> None:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(Path, "stat", stale)
    assert watch.problem() == ""


@pytest.mark.parametrize(("harm", "word"), [(delete, "deleted"), (replace, "replaced")])
@pytest.mark.parametrize("study", ["patient", "silent"])
def test_the_worker_ends_when_its_file_is_gone(bench: Bench, harm: object, word: str, study: str) -> None:
    study_file = STUDIES / f"{study}.py"
    bench.create(study_file)
    worker = bench.start(study_file)
    bench.running(steps=study == "patient")
    assert callable(harm)
    harm(bench.address.file)
    assert bench.ended(worker, 30) == STORAGE_AWAY, bench.said()
    (line,) = [line for line in bench.said().splitlines() if f"has been {word}" in line]
    assert line.endswith("; this worker ends, trial #0 is lost")


def test_a_paused_worker_ends_too_and_makes_no_new_file(bench: Bench) -> None:
    bench.create(STUDIES / "patient.py")
    bench.control.pause(True, now())
    worker = bench.start(STUDIES / "patient.py")
    bench.lease(lambda lease: lease.state.value == "paused")
    bench.address.file.unlink()
    assert bench.ended(worker, 30) == STORAGE_AWAY
    assert not bench.address.file.exists()


def test_the_study_that_replaced_it_is_left_alone(bench: Bench) -> None:
    bench.create(STUDIES / "silent.py")
    worker = bench.start(STUDIES / "silent.py")
    trial = bench.running(steps=0)
    replace(bench.address.file)
    assert bench.ended(worker, 30) == STORAGE_AWAY
    fresh = open_storage(bench.address, writable=False)
    assert [t.state for t in fresh.get_all_trials(bench.study_id)] == [TrialState.RUNNING] * (trial.number + 1)
