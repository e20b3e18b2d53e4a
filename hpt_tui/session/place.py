"""Which storage stands behind an address at the moment."""

from __future__ import annotations

from collections.abc import Hashable

from hpt_tui.store.address import Address


def place(address: Address) -> Hashable:
    """Something that is another when another file has taken the place of the storage."""
    if address.path is None:
        return address.url
    try:
        found = address.path.stat()
    except OSError:
        return ""
    return found.st_dev, found.st_ino
