"""Studies and files out of the ordinary (issue 3, "Bad input"): read as well as can be, or refused in a line."""

from __future__ import annotations

import contextlib
import itertools
import math
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution

from hpt_tui.errors import HptError, StorageError
from hpt_tui.store.address import Address, Kind, parse_address
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.reader import open_reader
from tests.storages import fresh_storage
from tests.store.synthetic import NAME, make_study
from tests.store.watched import Home, seen

PAGE = 4096


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound file with a study of 40 trials."""
    return make_study(tmp_path_factory.mktemp("sound") / "study.db", 40, 6, running=2).file


@pytest.fixture(params=["sqlite", "journal"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    with fresh_storage(request.param, tmp_path) as address:
        storage = open_storage(address, writable=True, create=True)
        yield Home(request.param, address, storage)
        close_storage(storage)


# Damaged files


def outcome(path: Path) -> str:
    """What a reader makes of a file: its trials, or the class of our error; every other error comes through."""
    try:
        reader = open_reader(Address(Kind.SQLITE, f"sqlite:///{path}", "the file", path), NAME)
    except HptError as error:
        assert "\n" not in error.line
        return type(error).__name__
    try:
        for _ in range(3):
            study = reader.poll(frozenset({0, 39}))
        return f"{len(list(study.trials))} trials"
    except HptError as error:
        assert "\n" not in error.line
        return type(error).__name__
    finally:
        reader.close()


def test_a_file_with_any_page_damaged_is_read_or_refused(sound: Path, tmp_path: Path) -> None:
    whole, dice = sound.read_bytes(), random.Random(5)
    outcomes = set()
    for start, garbage in itertools.product(
        range(0, len(whole), PAGE), (b"\0" * PAGE, dice.randbytes(PAGE), b"\xff" * 64 + dice.randbytes(200))
    ):
        damaged = tmp_path / "damaged.db"
        damaged.write_bytes(whole[:start] + garbage + whole[start + len(garbage) :])
        outcomes.add(outcome(damaged))
    assert {"40 trials", "StorageError", "StorageLostError"} <= outcomes


def test_a_file_cut_short_anywhere_is_refused(sound: Path, tmp_path: Path) -> None:
    whole = sound.read_bytes()
    for length in (0, 50, 100, PAGE // 2, *range(PAGE, len(whole), 7 * PAGE // 2)):
        cut = tmp_path / "cut.db"
        cut.write_bytes(whole[:length])
        assert outcome(cut).endswith("Error"), length


def test_a_file_that_is_damaged_while_it_is_watched_is_lost_and_found_again(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    shutil.copyfile(sound, path)
    reader = open_reader(parse_address(str(path)), NAME)
    before = seen(reader.poll())
    for size in (1000, PAGE, 3 * PAGE):
        (tmp_path / "new.db").write_bytes(sound.read_bytes()[:size])
        (tmp_path / "new.db").rename(path)
        with pytest.raises(HptError) as caught:
            reader.poll()
        assert not isinstance(caught.value, StorageError)
    shutil.copyfile(sound, tmp_path / "new.db")
    (tmp_path / "new.db").rename(path)
    assert seen(reader.poll()) == before


# Sizes


def test_a_trial_with_100_000_steps_is_shown_in_full(tmp_path: Path) -> None:
    address = make_study(tmp_path / "study.db", 3, 1, running=1)
    steps = np.arange(100_000)
    values = np.where(steps % 1000 == 999, np.nan, np.sin(steps / 5000))
    rows = [
        (int(s), None if math.isnan(v) else float(v), "NAN" if math.isnan(v) else "FINITE")
        for s, v in zip(steps, values, strict=True)
    ]
    with contextlib.closing(sqlite3.connect(address.file)) as db:
        db.execute("DELETE FROM trial_intermediate_values WHERE trial_id = 3")
        db.executemany(
            "INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, intermediate_value_type) "
            "VALUES (3, ?, ?, ?)",
            rows,
        )
        db.commit()
    reader = open_reader(address, NAME)
    study = reader.poll(frozenset({2}))
    while reader.behind:
        study = reader.poll(frozenset({2}))
    curve = study.curve(2, "value")
    assert curve is not None
    assert np.array_equal(curve.steps, steps)
    assert np.array_equal(curve.values, values, equal_nan=True)
    row = study.trials[2]
    assert (row.steps, row.last_step, row.non_finite) == (100_000, 99_999, True)
    assert reader.poll(frozenset({2})) is study


def test_500_parameters_and_names_of_512_characters(home: Home) -> None:
    long = "é[/]" * 128
    watched = home.study(name=long)
    space: dict[str, optuna.distributions.BaseDistribution] = {
        f"{n:03}{long[3:]}": FloatDistribution(0.0, 1.0) for n in range(499)
    }
    space[long] = CategoricalDistribution([long, "b"])
    params = dict.fromkeys(space, 0.25) | {long: long}
    for value in (1.0, 2.0):
        made = optuna.trial.create_trial(value=value, params=params, distributions=space, user_attrs={long: long})
        watched.study.add_trial(made)
    study = watched.poll()
    assert (study.name, study.trials[1].params) == (long, params)
    assert len(study.declared) == 500
    assert seen(study) == watched.rows()
    running = watched.study.ask(space)
    watched.log(running, 0, **{long: 1.0})
    study = watched.poll()
    assert [c.metric for c in study.curves[2]] == [long]
    assert seen(study) == watched.rows()
