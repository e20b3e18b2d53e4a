"""One study of a storage, found and read once: for verbs that look at it, or order something, and end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hpt_tui.errors import InputError, StudyNotFoundError
from hpt_tui.store.address import Address, Kind, parse_address

if TYPE_CHECKING:
    from hpt_tui.domain.snapshot import StudySnapshot


def read_study(storage: str, study: str | None) -> StudySnapshot:
    """The whole study as it is now; without a name, the only one that the storage holds. Nothing is written.

    Raises:
        StorageError, StudyNotFoundError: it cannot be opened.
        InputError: the storage holds several studies and none was named.
        StorageLostError: it went away meanwhile.
    """
    # The way to the screen's first frame leads past here, and waits for no numpy.
    from hpt_tui.store.reader import open_reader

    address = parse_address(storage)
    reader = open_reader(address, study_called(address, study))
    try:
        found = reader.poll()
        while reader.behind:
            found = reader.poll()
        return found
    finally:
        reader.close()


def study_called(address: Address, wanted: str | None) -> str:
    """The name of the study that is meant; without one, of the only one that the storage holds.

    Raises:
        StorageError: the storage cannot be opened.
        StudyNotFoundError: it holds no study, or none of that name.
        InputError: it holds several and none was named.
    """
    names = studies_of(address, wanted)
    if wanted is not None:
        return wanted
    if len(names) > 1:
        raise InputError(address.label, f"holds several studies: {_some(names)}", "name one with --study")
    return names[0]


def studies_of(address: Address, wanted: str | None) -> Sequence[str]:
    """The names of the studies in a storage, at least one, ``wanted`` among them if it is given.

    Raises:
        StorageError: the storage cannot be opened.
        StudyNotFoundError: it holds no study, or none of that name.
    """
    names = _names(address)
    if not names:
        raise StudyNotFoundError(address.label, "holds no study", "start one with hpt-tui run")
    if wanted is not None and wanted not in names:
        raise StudyNotFoundError(address.label, f"there is no study named {wanted!r}", f"it holds: {_some(names)}")
    return names


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")


def _names(address: Address) -> Sequence[str]:
    if address.kind is Kind.SQLITE:
        # Without Optuna, whose import takes half a second.
        from hpt_tui.store.sqlite_file import study_names

        return study_names(address)
    from hpt_tui.store.connect import list_studies

    return list_studies(address)
