"""What the verbs that judge something print: wrapped text for people, JSON documents for programs."""

from __future__ import annotations

import math
import textwrap

from hpt_tui.domain.figures import plain
from hpt_tui.domain.space import Choices, IntRange, ParamValue, Range

_WIDTH = 80
_NO_BREAK = "\u00a0"
Document = dict[str, object]


def wrapped(text: str, first: str, then: str | None = None) -> list[str]:
    """``text`` in lines of 80 columns behind ``first``, the later ones behind ``then`` or as many blanks."""
    indent = " " * len(first) if then is None else then
    whole = plain(text).replace(" %", _NO_BREAK + "%")
    lines = textwrap.wrap(whole, _WIDTH, initial_indent=first, subsequent_indent=indent, break_on_hyphens=False)
    return [line.replace(_NO_BREAK, " ") for line in lines]


def range_document(range_: Range) -> Document:
    """``{"kind": "float" or "int", "low", "high", "log", "step"}`` or ``{"kind": "choices", "options"}``."""
    if isinstance(range_, Choices):
        return {"kind": "choices", "options": [finite(option) for option in range_.options]}
    kind = "int" if isinstance(range_, IntRange) else "float"
    return {"kind": kind, "low": range_.low, "high": range_.high, "log": range_.log, "step": range_.step}


def finite(value: ParamValue) -> ParamValue:
    """``value``, or its text where it is a number that JSON does not have."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
