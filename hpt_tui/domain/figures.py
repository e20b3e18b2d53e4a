"""Numbers as text: the one place that decides digits, for the screen, the alerts and the plain output."""

from __future__ import annotations

import math
from datetime import datetime

UNKNOWN = "–"


def metric(value: float | None) -> str:
    """Four decimals below 1, four significant digits above: ``0.9778``, ``12.35``, ``1.235e4``; NaN and infinity
    by name, unknown as –."""
    if value is None:
        return UNKNOWN
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if value != 0 and not 1e-3 <= abs(value) < 1e4:
        return f"{value:.3e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    digits = 4 if value == 0 or abs(value) < 1 else max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}"


def parameter(value: object, *, log: bool = False) -> str:
    """A parameter's value: two significant digits and an exponent on a log scale (``8.9e-2``), four
    significant digits on a linear one, whole numbers whole, anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return metric(value)
    if log:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.4g}"


def duration(seconds: float | None) -> str:
    """``0:14``, ``12:05``, ``2 h 05``, ``3 d 04 h``."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    whole = max(0, int(seconds))
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    if whole < 100 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02}"
    return f"{whole // 86400} d {whole % 86400 // 3600:02} h"


def size(bytes_: int | None) -> str:
    """Bytes in the unit that suits them, of 1024: ``512 B``, ``1.5 MB``, ``141 GB``; unknown as –."""
    if bytes_ is None:
        return UNKNOWN
    number, units = float(bytes_), ("B", "KB", "MB", "GB", "TB")
    power = 0
    while number >= 1000 and power < len(units) - 1:
        number, power = number / 1024, power + 1
    return f"{number:.0f} {units[power]}" if number >= 10 or power == 0 else f"{number:.1f} {units[power]}"


def count(number: int) -> str:
    """A whole number in groups of three, by thin spaces."""
    return f"{number:,}".replace(",", "\u2009")


def percent(share: float) -> str:
    """A share 0..1 as whole percent, ``<1 %`` for what would read as 0."""
    if 0 < share <= 0.005:
        return "<1 %"
    return f"{share * 100:.0f} %"


def local_time(at: float, form: str) -> str:
    """Epoch seconds in the user's time zone, by a form of ``strftime``; unknown for what no calendar holds."""
    try:
        return f"{datetime.fromtimestamp(at).astimezone():{form}}"
    except (ValueError, OverflowError, OSError):
        return UNKNOWN


def plain(text: str) -> str:
    """``text`` from a study on one line, without control characters, safe for any terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def gap(difference: float) -> str:
    """How far two metric values are apart, without a sign: ``0.0208``."""
    if not math.isfinite(difference):
        return metric(difference)
    return f"{abs(difference):.3g}"


def about(seconds: float | None) -> str:
    """A time to come, as roughly as it is known: ``40 s``, ``18 min``, ``2 h 05``."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    if seconds < 60:
        return f"{math.ceil(seconds)} s"
    return f"{math.ceil(seconds / 60)} min" if seconds < 3600 else duration(seconds)


def lasting(seconds: float) -> str:
    """How long something has been so, rounded down: ``40 s``, ``18 min``, ``2 h 05``."""
    whole = max(0, int(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min" if whole < 3600 else duration(whole)


def elapsed(seconds: float | None) -> str:
    """``0:12:41``: hours, minutes and seconds up to four days, then as :func:`duration`."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    whole = int(seconds)
    if whole >= 100 * 3600:
        return duration(seconds)
    return f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"


def pace(seconds: float | None) -> str:
    """Seconds a step: ``0.51 s``, ``12.5 s``, ``130 s``."""
    if seconds is None or not math.isfinite(seconds):
        return UNKNOWN
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s" if seconds < 100 else f"{seconds:.0f} s"
