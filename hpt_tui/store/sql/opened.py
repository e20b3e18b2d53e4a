"""Opening a database to read studies from it."""

from __future__ import annotations

from collections.abc import Callable

from hpt_tui.errors import StorageError, StorageLostError
from hpt_tui.store.address import Address, Kind
from hpt_tui.store.sql.database import Database
from hpt_tui.store.sql.sqlite_database import SqliteDatabase
from hpt_tui.store.sqlite_file import check_sqlite

_READ = {
    "studies": {"study_id", "study_name"},
    "study_directions": {"study_id", "direction", "objective"},
    "study_user_attributes": {"study_id", "key", "value_json"},
    "study_system_attributes": {"study_id", "key", "value_json"},
    "trials": {"trial_id", "study_id", "number", "state", "datetime_start", "datetime_complete"},
    "trial_params": {"trial_id", "param_name", "param_value", "distribution_json"},
    "trial_values": {"trial_id", "objective", "value", "value_type"},
    "trial_user_attributes": {"trial_id", "key", "value_json"},
    "trial_intermediate_values": {
        "trial_intermediate_value_id",
        "trial_id",
        "step",
        "intermediate_value",
        "intermediate_value_type",
    },
    "version_info": {"library_version"},
}
"""Every column that is read."""


def open_database(address: Address) -> Database:
    """A database to read from. One of a revision that Optuna 5 would not take opens too if it has every column
    that is read, as those of Optuna 3.0 and 3.1 have.

    Raises:
        StorageError: unreachable, no database, without studies, or of another schema.
    """
    database, check = _unchecked(address)
    try:
        check(address, create=False)
    except StorageError:
        if not _has_all(database):
            database.close()
            raise
    return database


def _unchecked(address: Address) -> tuple[Database, Callable[..., None]]:
    if address.kind is Kind.SQLITE:
        return SqliteDatabase(address), check_sqlite
    # What a server takes to be read, SQLAlchemy, an SQLite file does not.
    from hpt_tui.store.server import check_server
    from hpt_tui.store.sql.server_database import ServerDatabase

    return ServerDatabase(address), check_server


def _has_all(database: Database) -> bool:
    try:
        return all(columns <= database.columns(table) for table, columns in _READ.items())
    except StorageLostError:
        return False
