"""A journal in Redis: Optuna's own records, none of its pickles, and every damage said (issue 3, item 4)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest
import redis
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalRedisBackend
from optuna.storages.journal._storage import SNAPSHOT_INTERVAL

from hpt_tui.errors import StorageError, StorageLostError
from hpt_tui.store import redis_journal
from hpt_tui.store.address import Address
from hpt_tui.store.connect import list_studies, open_storage
from hpt_tui.store.reader import Reader, open_reader
from hpt_tui.store.redis_journal import BATCH
from tests.storages import fresh_storage
from tests.store.proxy import Proxy


@pytest.fixture
def address(tmp_path: Path) -> Iterator[Address]:
    with fresh_storage("redis", tmp_path) as made:
        yield made


@pytest.fixture
def client(address: Address) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(address.url.partition("?")[0]) as made:
        yield made


@pytest.fixture
def study(address: Address) -> optuna.Study:
    """A study ``s`` with two finished trials."""
    storage = open_storage(address, writable=True, create=True)
    made = optuna.create_study(study_name="s", storage=storage)
    for value in (1.0, 2.0):
        made.tell(made.ask(), value)
    return made


def prefix(address: Address) -> str:
    return address.url.partition("?prefix=")[2]


def reader(address: Address) -> Reader:
    return open_reader(address, "s")


def by_optuna(address: Address) -> BaseStorage:
    return JournalStorage(JournalRedisBackend(address.url.partition("?")[0], prefix=prefix(address)))


def test_optunas_own_backend_and_ours_work_on_one_journal(address: Address, study: optuna.Study) -> None:
    theirs = optuna.load_study(study_name="s", storage=by_optuna(address))
    theirs.tell(theirs.ask(), 3.0)
    study.tell(study.ask(), 4.0)
    assert [t.value for t in study.trials] == [t.value for t in theirs.trials] == [1.0, 2.0, 3.0, 4.0]
    assert list_studies(address) == ("s",)


def test_studies_under_other_prefixes_stay_apart(address: Address, study: optuna.Study) -> None:
    other = Address(address.kind, f"{address.url}:other", address.label)
    with pytest.raises(StorageError, match=r"holds no Optuna study; .* with \?prefix=NAME"):
        open_storage(other, writable=False)


def test_other_keys_are_no_study_and_stay_as_they_are(address: Address, client: redis.Redis) -> None:
    key = f"{prefix(address)}:mine"
    client.set(key, "1")
    with pytest.raises(StorageError, match="holds no Optuna study"):
        open_storage(address, writable=True)
    assert list(client.scan_iter(f"{prefix(address)}:*")) == [key.encode()]


def test_a_pickle_on_the_server_is_never_loaded(
    address: Address, study: optuna.Study, client: redis.Redis, capfd: pytest.CaptureFixture[str]
) -> None:
    client.set(f"{prefix(address)}:snapshot", b"cos\nsystem\n(S'echo unpickled'\ntR.")
    assert len(reader(address).poll().trials) == 2
    open_storage(address, writable=True)
    assert "unpickled" not in capfd.readouterr().out


def test_optunas_own_backend_finds_a_snapshot_of_a_long_study(
    address: Address, study: optuna.Study, client: redis.Redis
) -> None:
    for _ in range(SNAPSHOT_INTERVAL):
        study.ask()
    assert client.exists(f"{prefix(address)}:snapshot")
    assert len(optuna.load_study(study_name="s", storage=by_optuna(address)).trials) == len(study.trials)


def test_a_long_journal_is_read_in_few_round_trips(
    address: Address, study: optuna.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = study.ask()
    for step in range(2 * BATCH):
        trial.report(step / 10, step)
    asked = []
    execute = redis.Redis.execute_command

    def counted(self: redis.Redis, *arguments: object, **options: object) -> object:
        asked.append(arguments[0])
        return execute(self, *arguments, **options)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(redis.Redis, "execute_command", counted)
    storage = open_storage(address, writable=False)
    assert asked == ["EXISTS", "MGET", "MGET", "MGET", "MGET"]
    assert len(storage.get_all_trials(study._study_id)[-1].intermediate_values) == 2 * BATCH


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "17",
        '"text"',
        '{"worker_id": "x"}',
        '{"op_code": 99, "worker_id": "x"}',
        '{"op_code": -1, "worker_id": "x"}',
        '{"op_code": [], "worker_id": "x"}',
        '{"op_code": 4, "worker_id": "x"}',
        "[" * 100_000,
        b"\xff\xfe\xfd",
    ],
    ids=lambda text: repr(text)[:20],
)
def test_a_damaged_record_is_said_with_its_number(
    text: str | bytes, address: Address, study: optuna.Study, client: redis.Redis
) -> None:
    watching = reader(address)
    watching.poll()
    position = add_record(client, address, text)
    with pytest.raises(StorageLostError, match=f"record {position} of the journal is damaged"):
        watching.poll()
    with pytest.raises(StorageError, match=f"cannot be opened .*record {position} of the journal is damaged"):
        open_storage(address, writable=False)


def add_record(client: redis.Redis, address: Address, text: str | bytes) -> int:
    position = int(str(client.incr(f"{prefix(address)}:log_number")))
    client.set(f"{prefix(address)}:log:{position}", text)
    return position


def test_a_missing_record_is_said_and_not_waited_for(
    address: Address, study: optuna.Study, client: redis.Redis
) -> None:
    watching = reader(address)
    assert len(watching.poll().trials) == 2
    position = add_record(client, address, "")
    key = f"{prefix(address)}:log:{position}"
    client.delete(key)
    with pytest.raises(StorageLostError, match=f"record {position} of the journal is missing"):
        watching.poll()
    record = {"op_code": 2, "worker_id": "x", "study_id": study._study_id, "user_attr": {"late": 1}}
    client.set(key, json.dumps(record))
    study.tell(study.ask(), 3.0)
    assert len(watching.poll().trials) == 3


@pytest.mark.parametrize("counter", ["many", b"\xff"])
def test_a_damaged_counter_is_said(
    counter: str | bytes, address: Address, study: optuna.Study, client: redis.Redis
) -> None:
    client.set(f"{prefix(address)}:log_number", counter)
    with pytest.raises(StorageError, match="the journal's counter is damaged"):
        open_storage(address, writable=False)


def test_a_journal_that_is_emptied_while_watched_is_lost(
    address: Address, study: optuna.Study, client: redis.Redis
) -> None:
    watching = reader(address)
    assert len(watching.poll().trials) == 2
    client.delete(*client.scan_iter(f"{prefix(address)}:*"))
    with pytest.raises(StorageLostError, match="the journal was emptied"):
        watching.poll()


def test_nothing_is_written_into_a_journal_that_has_taken_the_place_of_ours(
    address: Address, study: optuna.Study, client: redis.Redis
) -> None:
    trial = study.ask()
    client.delete(*client.scan_iter(f"{prefix(address)}:*"))
    successor = optuna.create_study(study_name="s", storage=open_storage(address, writable=True, create=True))
    successor.ask()
    before = client.get(f"{prefix(address)}:log_number")
    with pytest.raises(optuna.exceptions.StorageInternalError, match="another one has taken its place"):
        trial.report(0.5, 0)
    assert client.get(f"{prefix(address)}:log_number") == before
    assert successor.trials[0].intermediate_values == {}


def test_a_server_that_goes_silent_while_watched_is_lost_and_found_again(
    address: Address, study: optuna.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_journal, "WATCHING", 0.3)
    with Proxy(address) as proxy:
        watching = reader(proxy.address)
        assert len(watching.poll().trials) == 2
        proxy.silent.set()
        with pytest.raises(StorageLostError, match="does not answer"):
            watching.poll()
        proxy.silent.clear()
        study.tell(study.ask(), 3.0)
        assert len(watching.poll().trials) == 3


def test_without_the_client_the_extra_is_named(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.delitem(sys.modules, "hpt_tui.store.redis_journal")
    with pytest.raises(StorageError, match=r"needs redis, which is not installed; pip install 'hpt-tui\[redis\]'"):
        open_storage(address, writable=False)
