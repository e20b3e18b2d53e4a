"""The study as a snapshot, poll by poll, whatever holds it."""

from __future__ import annotations

from typing import Protocol

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.store.address import Address, Kind
from hpt_tui.store.sql.reader import SqlReader

__all__ = ["Reader", "open_reader"]


class Reader(Protocol):
    """Polls one study."""

    @property
    def behind(self) -> bool:
        """Whether the next poll will have more, though nothing changes: no need to wait for it."""

    def poll(self, looking_at: frozenset[int] = frozenset()) -> StudySnapshot:
        """The study as it is, with the curves of the trials ``looking_at``; the very snapshot of the poll before
        when nothing has changed.

        Raises:
            StorageLostError: the storage does not answer, or the study was deleted; the next poll may succeed.
        """

    def close(self) -> None:
        """Give the connections back."""


def open_reader(address: Address, study_name: str, logs: str = "") -> Reader:
    """A reader of one study that only reads, and holds no writer up. An SQLite file needs neither Optuna nor
    SQLAlchemy for it, which take half a second to import.

    ``logs``: where the trials keep their own logs, as ``attach --logs`` says it; empty: where the study says.

    Raises:
        StorageError: the storage cannot be opened.
        StudyNotFoundError: it holds no such study.
        StorageLostError: it has just gone away.
    """
    if address.kind in (Kind.SQLITE, Kind.SERVER):
        return SqlReader(address, study_name, logs)
    from hpt_tui.store.api_reader import ApiReader

    return ApiReader(address, study_name, logs)
