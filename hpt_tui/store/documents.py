"""Reading JSON that anybody may have written into a study: what is not as it should be is not there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

Attributes = Mapping[str, object]
Document = dict[str, object]


def documents(attributes: Attributes, prefix: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The JSON objects whose keys begin with ``prefix``, by the rest of the key."""
    for key, value in attributes.items():
        if key.startswith(prefix) and isinstance(value, dict):
            yield key.removeprefix(prefix), value


def text(value: Mapping[str, object], name: str) -> str:
    """The text called ``name``; empty where there is none."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def number(value: Mapping[str, object], name: str) -> float | None:
    """The finite number called ``name``; None where there is none."""
    found = value.get(name)
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
        return None
    return float(found)


def whole(value: Mapping[str, object], name: str) -> int | None:
    """A whole number from 0 on."""
    found = value.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None
