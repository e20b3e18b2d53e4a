"""What can go wrong between us and a storage, as one error of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError

from optuna.exceptions import StorageInternalError
from sqlalchemy.exc import SQLAlchemyError

from hpt_tui.errors import StorageLostError
from hpt_tui.store.address import without_secrets

FAULTS = (StorageInternalError, SQLAlchemyError, sqlite3.Error, OSError, JSONDecodeError)
"""What Optuna's storages let through when the thing behind them fails.

What the clients of Redis and gRPC raise becomes a StorageInternalError where they are called, so that neither
package need be there.
"""


def first_line(error: BaseException) -> str:
    """The innermost message of ``error``, on one line, without SQLAlchemy's background link and the
    passwords of URLs."""
    root: BaseException = error
    while root.__cause__ is not None:
        root = root.__cause__
    original = getattr(root, "orig", None) or root
    match original.args:
        # PyMySQL's, which have no words of their own for it.
        case (int(), str(text)) if not isinstance(original, OSError):
            lines = text.strip().splitlines()
        case _:
            lines = str(original).strip().splitlines()
    return without_secrets(lines[0]) if lines else type(original).__name__


@contextmanager
def storage_faults(subject: str) -> Iterator[None]:
    """Turn whatever the storage lets through into StorageLostError about ``subject``."""
    try:
        yield
    except FAULTS as error:
        raise StorageLostError(subject, f"the storage does not answer ({first_line(error)})") from error


@contextmanager
def deletion() -> Iterator[None]:
    """Turn that there is no such study any more into StorageLostError."""
    try:
        yield
    except KeyError as error:
        raise StorageLostError("the study", "was deleted") from error
