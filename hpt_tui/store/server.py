"""A database server before Optuna sees it, and how long to wait for one that has gone silent."""

from __future__ import annotations

import sqlalchemy
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from hpt_tui.domain.figures import plain
from hpt_tui.errors import StorageError
from hpt_tui.store.address import Address, without_secrets
from hpt_tui.store.faults import first_line
from hpt_tui.store.postgres_wire import connector
from hpt_tui.store.sqlite_file import check_schema

CONNECTING = 5
"""Seconds that a server has to answer a new connection."""
WRITING, WATCHING = 60, 10
"""Seconds of silence after which a worker's connection, and a screen's, counts as broken."""

_EXTRAS = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}


def check_server(address: Address, *, create: bool) -> None:
    """See that a server's database can be opened as an Optuna storage; changes nothing.

    Raises:
        StorageError: no driver, no such server or database, without studies, or of another schema.
    """
    try:
        tables, revision = _schema(address)
    except ImportError as error:
        dialect = address.url.split("+", 1)[0].split(":", 1)[0]
        extra = _EXTRAS.get(dialect)
        install = f"pip install 'hpt-tui[{extra}]'" if extra else f"pip install {error.name}"
        raise StorageError(address.label, f"its driver {error.name} is not installed", install) from error
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise StorageError(address.label, f"is no storage URL ({said(error, address)})") from error
    except SQLAlchemyError as error:
        raise StorageError(address.label, f"cannot be reached ({said(error, address)})") from error
    check_schema(address, tables, revision, create=create)


def engine_arguments(url: str, *, writable: bool) -> dict[str, object]:
    """What SQLAlchemy is told of ``url``, so that a server that goes silent becomes an error and not a wait.

    Raises:
        ImportError: the driver is not installed.
    """
    seconds = WRITING if writable else WATCHING
    if url.startswith("postgresql+psycopg:"):
        arguments = {
            "connect_timeout": CONNECTING,
            "keepalives": 1,
            "keepalives_idle": max(1, seconds // 2),
            "keepalives_interval": max(1, seconds // 6),
            "keepalives_count": 3,
            "tcp_user_timeout": seconds * 1000,
        }
        return {"creator": connector(url, arguments, seconds)}
    if url.startswith(("mysql+pymysql", "mysql+mysqldb", "mariadb+pymysql", "mariadb+mysqldb")):
        return {"connect_args": {"connect_timeout": CONNECTING, "read_timeout": seconds, "write_timeout": seconds}}
    return {}


def said(error: BaseException, address: Address) -> str:
    """What a driver said of ``address``, on one line and without its password."""
    return plain(without_secrets(first_line(error), address.url))


def _schema(address: Address) -> tuple[set[str], str | None]:
    engine = sqlalchemy.create_engine(address.url, **engine_arguments(address.url, writable=False))
    try:
        with engine.connect() as connection:
            tables = set(sqlalchemy.inspect(connection).get_table_names())
            if "alembic_version" not in tables:
                return tables, None
            revision = connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).scalar()
    finally:
        engine.dispose()
    return tables, None if revision is None else str(revision)
