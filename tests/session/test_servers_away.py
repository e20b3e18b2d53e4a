"""A server that is cut off, falls silent or is started again under a session (issue 3, item 6)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import optuna
import pytest
import sqlalchemy

from hpt_tui.domain.orders.search import PauseStudy, StopStudy
from hpt_tui.session import Session, Terms
from hpt_tui.store import server
from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.connect import open_storage, quiet_optuna
from hpt_tui.store.sql import book
from tests.proxies import ProxyProcess, free_port
from tests.session.desk import Clock, give
from tests.session.outage import HIDDEN, Watch
from tests.storages import fresh_storage
from tests.store.proxy import Proxy

SERVERS = ("postgres", "mysql", "redis")


@pytest.fixture(autouse=True)
def _own_state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture(scope="module", params=SERVERS)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """A study on a server, with one trial."""
    quiet_optuna()
    with fresh_storage(request.param, tmp_path_factory.mktemp("away")) as address:
        yield Study(request.param, address)


class Study:
    """A study and its writer, whose own connections nobody breaks."""

    def __init__(self, kind: str, address: Address) -> None:
        self.kind, self.address = kind, address
        self._study = optuna.create_study(
            study_name="s", storage=open_storage(address, writable=True, create=True)
        )
        self.add()

    def add(self) -> None:
        self._study.ask()

    @property
    def through(self) -> Address:
        """Its address, with a password where the server takes any."""
        if self.kind != "postgres":
            return self.address
        parts = urlsplit(self.address.url)
        secret = f"{parts.username}:{HIDDEN}@{parts.netloc.rpartition('@')[2]}"
        return parse_address(urlunsplit(parts._replace(netloc=secret)))


@contextlib.contextmanager
def watched(address: Address, study: Study, *, steering: bool = False) -> Iterator[Watch]:
    clock = Clock()
    session = Session(address, "s", Terms(steering=steering), clock)
    yield Watch(session, clock, study.add)
    session.close(stop_workers=False)


def test_a_server_that_refuses_connections(place: Study) -> None:
    with Proxy(place.through) as proxy, watched(proxy.address, place) as watch:
        watch.live_through(proxy.cut, proxy.mend, "the storage does not answer")


def test_orders_to_a_server_that_refuses_connections_are_refused_and_a_stop_waits(place: Study) -> None:
    with Proxy(place.through) as proxy, watched(proxy.address, place, steering=True) as watch:
        good = watch.read()
        proxy.cut()
        watch.see_it_stale(good)
        for order in (PauseStudy(), StopStudy()):
            refused = give(watch.session, order)
            assert refused.startswith("refused")
            assert "cannot be reached" in refused
            assert HIDDEN not in refused
        proxy.mend()
        watch.see_it_back(good, more=0)
        assert (control := watch.tick().study.control).stopping
        assert not control.paused
        assert give(watch.session, PauseStudy()).startswith("paused")


def test_a_server_that_falls_silent_is_waited_for_no_longer_than_said(
    place: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a firewall that drops what it gets: a tick comes back all the same."""
    for name in ("WATCHING", "WRITING", "CONNECTING"):
        monkeypatch.setattr(server, name, 1)
        monkeypatch.setattr(f"hpt_tui.store.redis_journal.{name}", 1)
    with Proxy(place.through) as proxy, watched(proxy.address, place, steering=True) as watch:
        watch.live_through(proxy.silent.set, proxy.mend, "the storage does not answer")


def test_broken_connections_are_made_anew(place: Study) -> None:
    """As by an administrator, or a server that is started again between two ticks."""
    with Proxy(place.through) as proxy, watched(proxy.address, place, steering=True) as watch:
        good = watch.read()
        if place.kind == "redis":
            proxy.mend()
        else:
            break_connections(place)
        place.add()
        if place.kind != "redis":
            assert watch.tick().stale_since is None
        watch.see_it_back(good)
        assert give(watch.session, PauseStudy()).startswith("paused")


def break_connections(place: Study) -> None:
    queries = {
        "postgres": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        "mysql": "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()",
    }
    engine = sqlalchemy.create_engine(place.address.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        found = connection.execute(sqlalchemy.text(queries[place.kind])).scalars().all()
        for number in found if place.kind == "mysql" else ():
            connection.execute(sqlalchemy.text(f"KILL CONNECTION {int(number)}"))
    engine.dispose()
    assert found


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_a_big_study_whose_server_goes_away_while_it_is_read(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book, "BIG", 1)
    monkeypatch.setattr(book, "PIECE", 0.0)
    with fresh_storage(kind, tmp_path) as address, Proxy(address) as proxy:
        study = Study(kind, address)
        study.add()
        outages = 0
        with watched(proxy.address, study) as watch:
            while (frame := watch.tick()).more:
                outages += 1
                proxy.cut()
                watch.see_it_stale(frame, "the storage does not answer")
                proxy.mend()
            assert outages >= 3
            assert [t.number for t in frame.study.trials] == [0, 1]


def test_a_grpc_proxy_that_is_killed_and_started_again(tmp_path: Path) -> None:
    with fresh_storage("grpc", tmp_path):
        behind, port = tmp_path / "behind.db", free_port()
    study = Study("sqlite", parse_address(str(behind)))
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(ProxyProcess())
        url = process.serve(f"sqlite:///{behind}", port)
        with watched(parse_address(url), study, steering=True) as watch:

            def start_again() -> None:
                stack.enter_context(ProxyProcess()).serve(f"sqlite:///{behind}", port)

            watch.live_through(process.process.kill, start_again, "the storage does not answer")
            assert give(watch.session, PauseStudy()).startswith("paused")
