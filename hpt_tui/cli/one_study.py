"""One study of a storage, read once: for verbs that judge it and end."""

from __future__ import annotations

from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.errors import InputError, StudyNotFoundError
from hpt_tui.store.address import Address, Kind, parse_address
from hpt_tui.store.reader import open_reader


def read_study(storage: str, study: str | None) -> StudySnapshot:
    """The whole study as it is now; without a name, the only one that the storage holds. Nothing is written.

    Raises:
        StorageError, StudyNotFoundError: it cannot be opened.
        InputError: the storage holds several studies and none was named.
        StorageLostError: it went away meanwhile.
    """
    address = parse_address(storage)
    reader = open_reader(address, _name(address, study))
    try:
        found = reader.poll()
        while found.outline is not None:
            found = reader.poll()
        return found
    finally:
        reader.close()


def _name(address: Address, wanted: str | None) -> str:
    names = _names(address)
    shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    if wanted is not None:
        if wanted not in names:
            problem = f"there is no study named {wanted!r}"
            raise StudyNotFoundError(address.label, problem, f"it holds: {shown}" if names else "it holds none")
        return wanted
    if not names:
        raise StudyNotFoundError(address.label, "holds no study", "start one with hpt-tui run")
    if len(names) > 1:
        raise InputError(address.label, f"holds several studies: {shown}", "name one with --study")
    return names[0]


def _names(address: Address) -> tuple[str, ...]:
    if address.kind is Kind.SQLITE:
        # Without Optuna, whose import takes half a second.
        from hpt_tui.store.sqlite_file import study_sizes

        return tuple(name for name, _ in study_sizes(address))
    from hpt_tui.store.connect import list_studies

    return list_studies(address)
