"""Times of day and dates, as people write them: ``18:30``, ``2026-11-24 07:00``; in the user's time zone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


def next_moment(text: str, now: float) -> float | None:
    """The moment that ``text`` means, epoch seconds: a time of day is the next one after ``now``, a date and time
    that very one, also a past one. None if it is neither."""
    written = text.strip()
    if found := _CLOCK.fullmatch(written):
        today = datetime.fromtimestamp(now).astimezone()
        at = today.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0, tzinfo=None)
        # By the calendar, not by 24 hours: the clocks may be changed in between.
        return (at if at.timestamp() > now else at + timedelta(days=1)).timestamp()
    try:
        return datetime.fromisoformat(written).timestamp() if len(written) > len("2026-11-24") else None
    except (ValueError, OverflowError, OSError):
        return None
