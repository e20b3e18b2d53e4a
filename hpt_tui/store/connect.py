"""Opening a storage and its studies, with every way in which that fails said in one line."""

from __future__ import annotations

import logging
import warnings

import optuna
import sqlalchemy
from optuna.storages import BaseStorage, JournalStorage, RDBStorage, get_storage
from optuna.storages.journal import JournalFileBackend
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError

from hpt_tui.domain.figures import plain
from hpt_tui.errors import StorageError, StudyNotFoundError
from hpt_tui.store.address import Address, Kind, without_secrets
from hpt_tui.store.faults import FAULTS, first_line
from hpt_tui.store.sqlite_file import (
    BUSY_TIMEOUT,
    check_schema,
    check_sqlite,
    probe_write,
    read_only_url,
    study_sizes,
)

_EXTRAS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}


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
    if address.kind is Kind.SQLITE:
        check_sqlite(address, create=create)
    if address.kind is Kind.SERVER:
        _check_server(address, create=create)
    return _open_rdb(address, writable=writable)


def list_studies(address: Address) -> tuple[str, ...]:
    """The names of the studies in a storage, in the order of their making.

    Raises:
        StorageError: as :func:`open_storage`.
    """
    if address.kind is Kind.SQLITE:
        check_sqlite(address, create=False)
        return tuple(name for name, _ in study_sizes(address))
    storage = open_storage(address, writable=False)
    try:
        return tuple(s.study_name for s in storage.get_all_studies())
    except FAULTS as error:
        raise StorageError(address.label, f"cannot be read ({_said(error, address)})") from error


def find_study(storage: BaseStorage, name: str, label: str) -> int:
    """The id of the study ``name``.

    Raises:
        StudyNotFoundError: there is none of that name.
    """
    try:
        return storage.get_study_id_from_name(name)
    except KeyError:
        known = ", ".join(sorted(s.study_name for s in storage.get_all_studies())[:8])
        remedy = f"it holds: {known}" if known else "it holds no study at all"
        raise StudyNotFoundError(label, f"there is no study named {name!r}", remedy) from None


def _open_journal(address: Address, *, writable: bool, create: bool) -> BaseStorage:
    path = address.file
    if not path.exists() and not create:
        raise StorageError(str(path), "there is no such file")
    if not path.parent.is_dir():
        raise StorageError(str(path), f"the folder {path.parent} does not exist", "make it first")
    try:
        if writable:
            with path.open("ab"):
                pass
        return JournalStorage(JournalFileBackend(str(path)))
    except (*FAULTS, KeyError, TypeError, ValueError) as error:
        raise StorageError(str(path), f"cannot be opened as an Optuna journal ({first_line(error)})") from error


def _open_rdb(address: Address, *, writable: bool) -> BaseStorage:
    sqlite = address.kind is Kind.SQLITE
    url = address.url if writable or not sqlite else read_only_url(address)
    engine: dict[str, object] = {"pool_pre_ping": True}
    if sqlite:
        engine = {"connect_args": {"timeout": BUSY_TIMEOUT if writable else 5.0}}
    try:
        if sqlite and writable:
            probe_write(address)
        try:
            return get_storage(RDBStorage(url, engine_kwargs=engine))
        except OperationalError:
            # Two processes that create the tables at once: the second finds them on its second try.
            return get_storage(RDBStorage(url, engine_kwargs=engine))
    except (*FAULTS, RuntimeError) as error:
        raise StorageError(address.label, f"cannot be opened ({_said(error, address)})") from error


def _said(error: BaseException, address: Address) -> str:
    return plain(without_secrets(first_line(error), address.url))


def _check_server(address: Address, *, create: bool) -> None:
    try:
        engine = sqlalchemy.create_engine(address.url, connect_args=_connect_timeout(address.url))
        with engine.connect() as connection:
            tables = set(sqlalchemy.inspect(connection).get_table_names())
            found = None
            if "alembic_version" in tables:
                found = connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).scalar()
        engine.dispose()
    except ImportError as error:
        dialect = address.url.split("+", 1)[0].split(":", 1)[0]
        extra = _EXTRAS.get(dialect)
        install = f"pip install 'hpt-tui[{extra}]'" if extra else f"pip install {error.name}"
        raise StorageError(address.label, f"its driver {error.name} is not installed", install) from error
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise StorageError(address.label, f"is no storage URL ({_said(error, address)})") from error
    except SQLAlchemyError as error:
        raise StorageError(address.label, f"cannot be reached ({_said(error, address)})") from error
    check_schema(address, tables, None if found is None else str(found), create=create)


def _connect_timeout(url: str) -> dict[str, int]:
    return {"connect_timeout": 5} if url.startswith(("postgresql", "mysql", "mariadb")) else {}
