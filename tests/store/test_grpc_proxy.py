"""A storage behind Optuna's gRPC proxy: never waited for for ever, and found again (issue 3, item 4)."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest
from optuna.exceptions import DuplicatedStudyError

from hpt_tui.errors import StorageError, StorageLostError
from hpt_tui.store import grpc_proxy
from hpt_tui.store.address import Address, parse_address
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.reader import Reader, open_reader
from tests.proxies import ProxyProcess, free_port
from tests.storages import fresh_storage
from tests.store.proxy import Proxy
from tests.waiting import eventually


@pytest.fixture
def address(tmp_path: Path) -> Iterator[Address]:
    with fresh_storage("grpc", tmp_path) as made:
        yield made


@pytest.fixture
def study(address: Address) -> optuna.Study:
    """A study ``s`` with a finished trial."""
    made = optuna.create_study(study_name="s", storage=open_storage(address, writable=True))
    made.tell(made.ask(), 1.0)
    return made


def reader(address: Address) -> Reader:
    return open_reader(address, "s")


def test_what_the_proxy_says_on_purpose_stays_optunas_own_error(address: Address, study: optuna.Study) -> None:
    storage = open_storage(address, writable=True)
    with pytest.raises(DuplicatedStudyError):
        storage.create_new_study([optuna.study.StudyDirection.MINIMIZE], "s")
    with pytest.raises(KeyError):
        storage.get_study_id_from_name("other")
    with pytest.raises(optuna.exceptions.UpdateFinishedTrialError):
        storage.set_trial_user_attr(study.trials[0]._trial_id, "x", 1)


def test_a_closed_storage_answers_no_more_and_an_open_one_beside_it_does(
    address: Address, study: optuna.Study
) -> None:
    storage, other = open_storage(address, writable=False), open_storage(address, writable=False)
    close_storage(storage)
    with pytest.raises(ValueError, match="closed channel"):
        storage.get_all_studies()
    assert [s.study_name for s in other.get_all_studies()] == ["s"]


def test_a_proxy_that_ends_while_watched_is_lost_and_found_again(tmp_path: Path) -> None:
    with fresh_storage("grpc", tmp_path) as made:
        optuna.create_study(study_name="s", storage=open_storage(made, writable=True))
    behind, port = f"sqlite:///{tmp_path / 'behind.db'}", free_port()
    with ProxyProcess() as process:
        watching = reader(parse_address(process.serve(behind, port)))
        before = watching.poll()
    with pytest.raises(StorageLostError, match="the storage does not answer"):
        watching.poll()
    with ProxyProcess() as process:
        process.serve(behind, port)
        assert eventually(lambda: answer(watching)) is before


def answer(watching: Reader) -> object:
    try:
        return watching.poll()
    except StorageLostError:
        return None


def test_a_proxy_that_goes_silent_is_an_error_and_not_a_wait(
    address: Address, study: optuna.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grpc_proxy, "WATCHING", 0.3)
    with Proxy(address) as proxy:
        watching = reader(proxy.address)
        assert len(watching.poll().trials) == 1
        proxy.silent.set()
        with pytest.raises(StorageLostError, match="does not answer"):
            watching.poll()


def test_a_server_that_never_says_a_word_cannot_be_opened(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grpc_proxy, "CONNECTING", 0.3)
    with Proxy(address) as proxy:
        proxy.silent.set()
        with pytest.raises(StorageError, match="cannot be reached"):
            open_storage(proxy.address, writable=False)


def test_a_fault_behind_the_proxy_is_a_lost_storage(address: Address, study: optuna.Study, tmp_path: Path) -> None:
    watching = reader(address)
    watching.poll()
    with contextlib.closing(sqlite3.connect(tmp_path / "behind.db")) as db:
        db.execute("DROP TABLE study_user_attributes")
    with pytest.raises(StorageLostError, match=r"does not answer \(An exception is raised"):
        watching.poll()


def test_screen_and_children_say_nothing_of_grpc_on_stderr(address: Address, study: optuna.Study) -> None:
    code = (
        "import subprocess, sys, threading\n"
        "from hpt_tui.store.address import parse_address\n"
        "from hpt_tui.store.connect import list_studies\n"
        "assert list_studies(parse_address(sys.argv[1])) == ('s',)\n"
        "subprocess.run([sys.executable, '-c', ''], start_new_session=True, check=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, address.url], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("package", ["grpc", "google.protobuf"])
def test_without_its_packages_the_extra_is_named(package: str, address: Address) -> None:
    code = (
        "import sys\n"
        f"sys.modules[{package!r}] = None\n"
        "from hpt_tui.store.address import parse_address\n"
        "from hpt_tui.store.connect import list_studies\n"
        "list_studies(parse_address(sys.argv[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, address.url], capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert last.endswith(f"needs {package}, which is not installed; pip install 'hpt-tui[grpc]'")
