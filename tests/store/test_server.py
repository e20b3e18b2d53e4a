"""Database servers: looked at before they are used, and not waited for when they go silent."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
import sqlalchemy

from hpt_tui.errors import StorageError
from hpt_tui.store import server
from hpt_tui.store.address import Address
from hpt_tui.store.connect import close_storage, list_studies, open_storage
from hpt_tui.store.faults import FAULTS
from hpt_tui.store.metrics import engine_of
from hpt_tui.store.server import WATCHING, WRITING, check_server
from tests.storages import fresh_storage
from tests.store.proxy import Proxy
from tests.waiting import eventually


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_a_server_database_without_studies_gets_no_tables(kind: str, tmp_path: Path) -> None:
    with fresh_storage(kind, tmp_path) as address:
        with pytest.raises(StorageError, match="holds no Optuna study"):
            open_storage(address, writable=True)
        assert tables(address) == []


@pytest.mark.parametrize(("writable", "seconds"), [(True, WRITING), (False, WATCHING)])
def test_postgres_is_told_when_a_silent_server_counts_as_gone(
    writable: bool, seconds: int, tmp_path: Path
) -> None:
    with fresh_storage("postgres", tmp_path) as address:
        open_storage(address, writable=True, create=True)
        engine = engine_of(open_storage(address, writable=writable))
        assert engine is not None
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            told = driver.info.get_parameters()
    assert told["connect_timeout"] == "5"
    assert told["tcp_user_timeout"] == str(seconds * 1000)
    idle, interval, count = (int(told[f"keepalives_{x}"]) for x in ("idle", "interval", "count"))
    assert seconds / 2 < idle + interval * count <= seconds


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_a_server_that_goes_silent_is_an_error_and_not_a_wait(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one whose machine still answers, as that of a frozen server or of a tunnel does."""
    monkeypatch.setattr(server, "WATCHING", 1)
    with fresh_storage(kind, tmp_path) as address, Proxy(address) as proxy:
        storage = open_storage(address, writable=True, create=True)
        study_id = optuna.create_study(study_name="s", storage=storage)._study_id
        watching = open_storage(proxy.address, writable=False)
        assert watching.get_all_trials(study_id) == []
        proxy.silent.set()
        with pytest.raises(FAULTS):
            watching.get_all_trials(study_id)


def test_looking_at_a_storage_leaves_no_connection_behind(tmp_path: Path) -> None:
    with fresh_storage("postgres", tmp_path) as address:
        storage = open_storage(address, writable=True, create=True)
        optuna.create_study(study_name="s", storage=storage)
        close_storage(storage)
        assert list_studies(address) == ("s",)
        check_server(address, create=False)
        eventually(lambda: connections(address) == 1)


def connections(address: Address) -> int:
    engine = sqlalchemy.create_engine(address.url)
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    try:
        with engine.connect() as connection:
            return int(connection.execute(sqlalchemy.text(query)).scalar_one())
    finally:
        engine.dispose()


def tables(address: Address) -> list[str]:
    engine = sqlalchemy.create_engine(address.url)
    try:
        return sqlalchemy.inspect(engine).get_table_names()
    finally:
        engine.dispose()
