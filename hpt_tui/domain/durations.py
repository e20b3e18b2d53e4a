"""How long something takes, as people write it: ``40h``, ``30m``, ``2d``, ``90s``, ``1h30m``, ``0:14``."""

from __future__ import annotations

import re

_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(s|min|m|h|d|)", re.ASCII)
_CLOCK = re.compile(r"[0-9]+(:[0-5][0-9]){1,2}")


def seconds(text: str) -> float | None:
    """The seconds that ``text`` means, capitals aside; a bare number is seconds. None if it is no duration."""
    written = text.lower()
    if _CLOCK.fullmatch(written):
        return float(sum(int(part[:9]) * 60**at for at, part in enumerate(reversed(written.split(":")))))
    found = _PART.findall(written)
    if not found or "".join(number + unit for number, unit in found) != written:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in found)
