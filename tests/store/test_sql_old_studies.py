"""Databases of older Optunas: how they open, and by which clock they tell the time (issue 3, item 4)."""

from __future__ import annotations

import contextlib
import math
import shutil
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hpt_tui.domain.space import Choices, FloatRange, IntRange
from hpt_tui.errors import StorageError
from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.sql.reader import SqlReader
from hpt_tui.store.sql.trial_clock import TrialClock

HERE = Path(__file__).parent / "old_studies"
WRITTEN = datetime(2026, 11, 23, 7, 10, tzinfo=UTC).timestamp()
"""When all of them were written, within a few seconds, in New York."""


@pytest.fixture(params=["America/New_York", "Europe/Berlin"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The process is in a zone that is not UTC: west of it, then east."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def naive_utc(moment: float) -> float:
    return moment


def naive_local(moment: float) -> float:
    """A moment as Optuna before 5 wrote it, as if it were UTC."""
    return datetime.fromtimestamp(moment).replace(tzinfo=UTC).timestamp()  # noqa: DTZ006


def opened(version: str, folder: Path) -> Address:
    path = folder / "study.db"
    shutil.copy(HERE / f"{version}.sqlite3", path)
    return parse_address(str(path))


@pytest.mark.parametrize("version", ["3.6.1", "4.9.0", "5.0.0"])
def test_a_study_since_optuna_3_2_opens_as_it_is(version: str, tmp_path: Path) -> None:
    study = SqlReader(opened(version, tmp_path), "s").poll()
    first = study.trials[0]
    assert len(study.complete) == 2
    assert first.ranges == {"x": FloatRange(0.0, 1.0), "n": IntRange(1, 3), "c": Choices(("a", "b"))}
    assert (first.steps, first.last_step, first.last_value, first.non_finite) == (3, 2, first.value, True)
    (curve,) = study.curves[0]
    assert [math.isnan(curve.values[0]), curve.values[1], curve.values[2]] == [True, math.inf, first.value]


def test_a_study_of_optuna_2_is_refused_with_the_way_to_upgrade_it(tmp_path: Path) -> None:
    address = opened("2.10.1", tmp_path)
    with pytest.raises(StorageError, match=f"optuna storage upgrade --storage '{address.url}'"):
        SqlReader(address, "s")


@pytest.mark.parametrize("revision", ["v3.0.0.d", "v9.9.9.a"], ids=["of Optuna 3.0", "of one to come"])
def test_it_is_the_columns_that_count_and_not_the_revision(revision: str, tmp_path: Path) -> None:
    address = opened("3.6.1", tmp_path)
    with contextlib.closing(sqlite3.connect(address.file)) as db:
        db.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        db.commit()
    assert len(SqlReader(address, "s").poll().trials) == 2


@pytest.mark.parametrize("version", ["3.6.1", "4.9.0", "5.0.0"])
def test_times_are_right_where_the_study_was_made(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        trials = SqlReader(opened(version, tmp_path), "s").poll().trials
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [abs((trial.started or 0) - WRITTEN) < 10 for trial in trials] == [True, True]
    assert all(0 < (trial.duration(0) or 0) < 1 for trial in trials)


@pytest.mark.usefixtures("zone")
def test_each_day_has_its_own_offset() -> None:
    moments = [datetime(2026, month, 1, 12, tzinfo=UTC).timestamp() for month in (1, 7)]
    naive = np.array([*map(naive_local, moments), math.nan])
    found = TrialClock("4.2.1").epochs(naive, np.arange(3))
    assert found[:2].tolist() == moments
    assert math.isnan(found[2])


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("created_by", ["3.6.1", "5.0.0", None, "?"])
def test_a_trial_that_is_seen_to_begin_proves_its_clock(created_by: object) -> None:
    now = WRITTEN
    for write in (naive_utc, naive_local):
        clock = TrialClock(created_by)
        clock.observe(3, write(now - 5), now - 10, now)
        assert clock.epochs(np.array([write(now - 5)]), np.array([3])).tolist() == [now - 5]


@pytest.mark.usefixtures("zone")
def test_from_the_first_trial_of_optuna_5_on_a_study_of_4_is_told_in_utc() -> None:
    clock = TrialClock("4.9.0")
    clock.observe(2, naive_utc(WRITTEN), WRITTEN - 1, WRITTEN)
    naive = np.array([naive_local(WRITTEN - 7200), naive_local(WRITTEN - 3600), WRITTEN, WRITTEN + 60])
    found = clock.epochs(naive, np.arange(4))
    assert found.tolist() == [WRITTEN - 7200, WRITTEN - 3600, WRITTEN, WRITTEN + 60]


@pytest.mark.usefixtures("zone")
def test_a_study_of_optuna_4_that_goes_on_with_5_tells_both_by_their_clocks(tmp_path: Path) -> None:
    address = opened("4.9.0", tmp_path)
    reader = SqlReader(address, "s")
    before = reader.poll().trials[1].started
    storage = open_storage(address, writable=True)
    storage.create_new_trial(1)
    close_storage(storage)
    study = reader.poll()
    assert abs((study.trials[2].started or 0) - time.time()) < 60
    assert study.trials[1].started == before


@pytest.mark.usefixtures("zone")
def test_what_cannot_be_told_stays_what_the_database_was_made_with() -> None:
    old, new = TrialClock("4.9.0"), TrialClock("5.1.0")
    for clock in (old, new):
        assert not clock.observe(0, naive_local(WRITTEN - 1e6), -math.inf, WRITTEN)
    assert (old.utc_from > 10, new.utc_from) == (True, 0)
