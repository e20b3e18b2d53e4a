"""A study in a storage without SQL as a snapshot, poll by poll, through Optuna's public interface."""

from __future__ import annotations

import operator
from collections.abc import Mapping

from optuna.storages import BaseStorage

from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, StudySnapshot
from hpt_tui.domain.space import Range
from hpt_tui.domain.trial import Curve
from hpt_tui.errors import StorageError, StorageLostError, StudyNotFoundError
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.connect import close_storage, find_study, open_storage, quiet_optuna
from hpt_tui.store.faults import first_line, storage_faults
from hpt_tui.store.frozen_trials import FrozenTrials
from hpt_tui.store.journal_record import CountedJournal, JournalReplacedError
from hpt_tui.store.log_curves import LogCurves
from hpt_tui.store.notes import NO_NOTES, read_notes
from hpt_tui.store.study_facts import METRIC_NAMES, StudyFacts
from hpt_tui.store.translate import to_direction
from hpt_tui.store.wanted import Curves, same_curves, wanted


class ApiReader:
    """Reads one study in a journal file, in Redis or behind the gRPC proxy, without ever writing to it.

    A poll asks for what Optuna lets one ask for: a journal's new records, or the proxy's open and new trials. What
    is made of the trials costs what changed.
    """

    behind = False
    """Whether the next poll will have more, though nothing changes: never, as Optuna gives all at once."""

    def __init__(self, address: Address, study_name: str, logs: str = "") -> None:
        """``logs``: where the trials keep their own logs; empty: where the study says.

        Raises:
            StorageError: unreachable, or no storage of Optuna's.
            StudyNotFoundError: there is no such study.
            StorageLostError: the storage has just gone away.
        """
        quiet_optuna()
        self._address, self._name = address, study_name
        self._storage = open_storage(address, writable=False)
        self._logs = LogCurves(logs)
        self._curves: Curves = {}
        self._last = EMPTY_SNAPSHOT
        self._shown: tuple[object, ...] = (None,) * 4
        """What the last snapshot was made of."""
        try:
            self._begin(find_study(self._storage, study_name, address.label))
        except (StudyNotFoundError, StorageLostError):
            self.close()
            raise

    def poll(self, looking_at: frozenset[int] = frozenset()) -> StudySnapshot:
        """Read what changed, with the curves of the trials ``looking_at``.

        A poll at which nothing changed returns the very snapshot of the one before.

        Raises:
            StorageLostError: the storage does not answer, or the study was deleted; the next poll may succeed.
        """
        path = self._address.path
        if path is not None and not path.exists():
            raise StorageLostError(self._address.label, "the file is gone", "waiting for it to come back")
        with storage_faults(self._address.label):
            try:
                if self._deleted:
                    self._read_again()
                else:
                    self._read()
            except JournalReplacedError as error:
                self._open_again(first_line(error))
                self._read_again()
            except KeyError:
                self._read_again()
        return self._show(looking_at)

    def close(self) -> None:
        close_storage(self._storage)

    def _begin(self, study_id: int) -> None:
        """Know nothing of the study but its id."""
        self._study_id, self._deleted = study_id, False
        with storage_faults(self._address.label):
            self._directions = tuple(map(to_direction, self._storage.get_study_directions(study_id)))
        self._trials = FrozenTrials(len(self._directions))
        self._facts = StudyFacts(self._name, self._address.label, self._directions, None, {})
        self._notes = NO_NOTES
        self._space: Mapping[str, Range] = {}
        self._space_of: tuple[object, object] = (None, None)
        self._journal = _journal_of(self._storage)
        self._records = -1

    def _open_again(self, problem: str) -> None:
        """Go over to what has taken the place of the storage."""
        try:
            storage = open_storage(self._address, writable=False)
        except StorageError as error:
            raise StorageLostError(self._address.label, problem, "waiting for it to come back") from error
        self.close()
        self._storage = storage

    def _read_again(self) -> None:
        """Go over to the study that bears the name now."""
        deleted = f"the study {self._name!r} was deleted"
        self._deleted = True
        try:
            study_id = self._storage.get_study_id_from_name(self._name)
            if self._journal is None:
                # Optuna's client may take trials of the deleted study for those of the new one.
                self._open_again(deleted)
            self._begin(study_id)
            self._read()
        except KeyError as error:
            raise StorageLostError(self._address.label, deleted) from error

    def _read(self) -> None:
        storage, study_id = self._storage, self._study_id
        attributes = storage.get_study_user_attrs(study_id)
        records = self._journal.records if self._journal is not None else None
        if records is not None and records == self._records:
            return
        system = storage.get_study_system_attrs(study_id)
        self._trials.read(storage, study_id, one_by_one=self._journal is not None)
        if (notes := read_notes(system)) != self._notes:
            self._notes = notes
        names, facts = system.get(METRIC_NAMES), self._facts
        if not _equal(attributes, facts.attributes) or names != facts.metric_names:
            label = self._address.label
            self._facts = StudyFacts(self._name, label, self._directions, names, dict(attributes))
            self._logs.follow(self._facts.record)
        self._trials.remark(frozenset(notes), self._facts.starred)
        # Last, so that a poll which fails half-way is made good by the next one.
        self._records = -1 if records is None else records

    def _show(self, looking_at: frozenset[int]) -> StudySnapshot:
        trials, facts = self._trials.photo(), self._facts
        direction = self._directions[0] if len(self._directions) == 1 else None
        curves = self._curves_of(wanted(trials, looking_at, direction))
        if not same_curves(curves, self._curves):
            self._curves = curves
        if not all(map(operator.is_, self._space_of, (facts, trials.columns.params))):
            self._space_of = facts, trials.columns.params
            self._space = facts.seen_space(self._trials.newest())
        shown = trials, self._curves, facts, self._notes
        if not all(map(operator.is_, shown, self._shown)):
            self._shown = shown
            notes = self._trials.by_number(self._notes)
            self._last = facts.snapshot(trials, self._curves, self._space, notes=notes)
        return self._last

    def _curves_of(self, numbers: list[int]) -> Curves:
        own = self._trials.curves(numbers, self._facts.metric)
        self._logs.keep(frozenset(numbers))
        found: dict[int, tuple[Curve, ...]] = {}
        for number in sorted(numbers):
            folder = keys.log_folder(self._trials.attributes(number))
            if curves := self._logs.beside(number, own.get(number, ()), folder):
                found[number] = curves
        return found


def _journal_of(storage: BaseStorage) -> CountedJournal | None:
    backend = getattr(storage, "_backend", None)
    return backend if isinstance(backend, CountedJournal) else None


def _equal(one: keys.Attributes, other: keys.Attributes) -> bool:
    """Whether they say the same; a NaN is equal to another one here."""
    return one is other or one == other or repr(one) == repr(other)
