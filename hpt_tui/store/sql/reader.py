"""A study in a database as a snapshot, poll by poll."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, StudySnapshot
from hpt_tui.errors import StorageLostError
from hpt_tui.store.address import Address
from hpt_tui.store.sql.book import Book
from hpt_tui.store.sql.opened import open_database
from hpt_tui.store.sql.refresh import AnotherStudyError
from hpt_tui.store.sql.study_rows import find_id, find_row, not_found


class SqlReader:
    """Reads one study in short statements that hold nobody up, at a cost that grows with what changed.

    A study of more than :data:`~hpt_tui.store.sql.book.BIG` trials comes in outline first, then piece by piece.
    """

    def __init__(
        self, address: Address, study_name: str, logs: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        """``logs``: where the trials keep their own logs; empty: where the study says.

        Raises:
        StorageError: missing, no database, without studies, or of another schema.
        StudyNotFoundError: there is no such study.
        StorageLostError: the storage has just gone away.
        """
        self._db = open_database(address)
        self._name, self._logs, self._clock = study_name, logs, clock
        self._book: Book | None = None
        self._stamp: Hashable = None
        self._identity: Hashable = None
        self._looked: frozenset[int] = frozenset()
        self._last: StudySnapshot = EMPTY_SNAPSHOT
        if find_id(self._db, study_name) is None:
            problem = not_found(self._db, study_name)
            self._db.close()
            raise problem

    @property
    def behind(self) -> bool:
        """Whether the next poll will have more, though nothing changes: no need to wait for it."""
        return self._book is None or self._book.behind

    @property
    def _due(self) -> bool:
        return self._book is not None and self._book.due

    @property
    def _growing(self) -> bool:
        return self._book is not None and self._book.growing

    def poll(self, looking_at: frozenset[int] = frozenset()) -> StudySnapshot:
        """Read what changed, with the curves of the trials ``looking_at``.

        A poll at which nothing changed returns the very snapshot of the one before.

        Raises:
            StorageLostError: the storage does not answer, or the study was deleted; the next poll may succeed.
        """
        stamp = self._db.stamp()
        fresh = stamp is None or stamp != self._stamp or self.behind or self._due
        if not (fresh or self._growing) and looking_at == self._looked:
            return self._last
        # Only a poll that ends well makes the stamp known.
        self._stamp = None
        book = self._read() if fresh or self._book is None else self._book
        self._last = book.show(looking_at)
        self._stamp, self._looked = stamp, looking_at
        return self._last

    def close(self) -> None:
        self._db.close()

    def _read(self) -> Book:
        study_id = find_id(self._db, self._name)
        if study_id is None:
            self._book = None
            raise StorageLostError(self._db.label, f"the study {self._name!r} was deleted")
        book = self._book
        if book is None or self._identity != self._db.identity() or book.study_id != study_id:
            book = self._begin(study_id)
        for _ in range(2):
            try:
                book.read()
            except AnotherStudyError:
                book = self._begin(study_id)
            else:
                return book
        raise StorageLostError(self._db.label, f"the study {self._name!r} is being deleted")

    def _begin(self, study_id: int) -> Book:
        self._book = None
        row = find_row(self._db, study_id)
        self._identity = self._db.identity()
        self._book = Book(self._db, self._name, row, self._logs, self._clock)
        return self._book
