"""Opening a storage and its studies, with every way in which that fails said in one line."""

from __future__ import annotations

import logging
import os
import time
import warnings

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage, GrpcStorageProxy, JournalStorage, RDBStorage, get_storage
from optuna.storages.journal import JournalFileBackend
from sqlalchemy.exc import SQLAlchemyError

from hpt_tui.errors import StorageError, StudyNotFoundError
from hpt_tui.store.address import Address, Kind
from hpt_tui.store.faults import FAULTS, first_line, storage_faults
from hpt_tui.store.journal_file import JournalFile
from hpt_tui.store.metrics import engine_of
from hpt_tui.store.server import check_server, engine_arguments, said
from hpt_tui.store.sqlite_file import (
    BUSY_TIMEOUT,
    UnfinishedError,
    check_sqlite,
    probe_write,
    read_only_url,
    study_sizes,
)

_EXTRAS = {Kind.REDIS: "redis", Kind.GRPC: "grpc"}
"""The extra of hpt-tui that holds what such a storage needs."""

MAKING = (0.2, 0.4, 0.8, 1.6, 3.2)
"""Pauses, in seconds, between tries to make what another machine may be making at the same time."""


def quiet_optuna() -> None:
    """Keep Optuna's log lines and experimental warnings out of a screen that is ours."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    logging.getLogger("sqlalchemy").setLevel(logging.ERROR)


def open_storage(address: Address, *, writable: bool, create: bool = False) -> BaseStorage:
    """Open an Optuna storage; with ``create``, make the SQLite file (in WAL mode), tables or journal.

    Without ``create`` nothing comes into being; without ``writable`` an SQLite file cannot even be changed.

    Raises:
        StorageError: unreachable, no database, no Optuna tables, another schema, or not writable.
    """
    if address.kind is Kind.JOURNAL:
        return _open_journal(address, writable=writable, create=create)
    if address.kind in _EXTRAS:
        return _open_remote(address, writable=writable, create=create)
    _check(address, create=create)
    return _open_rdb(address, writable=writable, create=create)


def list_studies(address: Address) -> tuple[str, ...]:
    """The names of the studies in a storage, in the order of their making.

    Raises:
        StorageError: as :func:`open_storage`.
    """
    if address.kind is Kind.SQLITE:
        check_sqlite(address, create=False)
        return tuple(name for name, _ in study_sizes(address))
    quiet_optuna()
    storage = open_storage(address, writable=False)
    try:
        return tuple(s.study_name for s in storage.get_all_studies())
    except FAULTS as error:
        raise StorageError(address.label, f"cannot be read ({said(error, address)})") from error
    finally:
        close_storage(storage)


def close_storage(storage: BaseStorage) -> None:
    """Give back the connections of a storage that is used no more."""
    storage.remove_session()
    if isinstance(storage, GrpcStorageProxy):
        storage.close()
    if (engine := engine_of(storage)) is not None:
        engine.dispose()


def find_study(storage: BaseStorage, name: str, label: str) -> int:
    """The id of the study ``name``.

    Raises:
        StudyNotFoundError: there is none of that name.
        StorageLostError: the storage does not answer.
    """
    with storage_faults(label):
        try:
            return storage.get_study_id_from_name(name)
        except KeyError:
            studies = storage.get_all_studies()
        known = ", ".join(sorted(s.study_name for s in studies)[:8])
        remedy = f"it holds: {known}" if known else "it holds no study at all"
        raise StudyNotFoundError(label, f"there is no study named {name!r}", remedy)


def _open_journal(address: Address, *, writable: bool, create: bool) -> BaseStorage:
    path = address.file
    if not path.exists() and not create:
        raise StorageError(str(path), "there is no such file")
    if not path.parent.is_dir():
        raise StorageError(str(path), f"the folder {path.parent} does not exist", "make it first")
    try:
        if not writable:
            return JournalStorage(JournalFile(path))
        with path.open("ab"):
            pass
        return JournalStorage(JournalFileBackend(str(path)))
    except (*FAULTS, KeyError, TypeError, ValueError) as error:
        raise StorageError(str(path), f"cannot be opened as an Optuna journal ({first_line(error)})") from error


def _open_remote(address: Address, *, writable: bool, create: bool) -> BaseStorage:
    try:
        if address.kind is Kind.REDIS:
            from hpt_tui.store.redis_journal import open_redis

            return open_redis(address, writable=writable, create=create)
        # gRPC's C core tells of lost connections on stderr, which is the screen's.
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        from hpt_tui.store.grpc_proxy import open_proxy
    except (ImportError, RuntimeError) as error:
        # Optuna's generated code refuses an old grpcio by a RuntimeError.
        remedy = f"pip install 'hpt-tui[{_EXTRAS[address.kind]}]'"
        package = getattr(error, "name", None)
        problem = (
            f"needs {package}, which is not installed" if package else f"cannot be used ({first_line(error)})"
        )
        raise StorageError(address.label, problem, remedy) from error
    return open_proxy(address, writable=writable)


def _check(address: Address, *, create: bool) -> None:
    check = check_server if address.kind is Kind.SERVER else check_sqlite
    for pause in MAKING if create else ():
        try:
            return check(address, create=create)
        except UnfinishedError:
            time.sleep(pause)
    return check(address, create=create)


def _open_rdb(address: Address, *, writable: bool, create: bool) -> BaseStorage:
    sqlite = address.kind is Kind.SQLITE
    url = address.url if writable or not sqlite else read_only_url(address)
    if sqlite:
        engine: dict[str, object] = {"connect_args": {"timeout": BUSY_TIMEOUT if writable else 5.0}}
    else:
        engine = {"pool_pre_ping": True, **engine_arguments(url, writable=writable)}
    try:
        if sqlite and writable:
            probe_write(address)
        for pause in MAKING if create else (0.0,):
            try:
                return get_storage(RDBStorage(url, engine_kwargs=engine))
            except (SQLAlchemyError, StorageInternalError):
                # Of several that make the same tables at once all but one fail, and find them a moment later.
                time.sleep(pause)
        return get_storage(RDBStorage(url, engine_kwargs=engine))
    except (*FAULTS, RuntimeError) as error:
        raise StorageError(address.label, f"cannot be opened ({said(error, address)})") from error
