"""What a worker says: lines on stderr, which the supervisor keeps as its log."""

from __future__ import annotations

import sys
import time
import traceback
from pathlib import Path


def say(line: str) -> None:
    """One line, with the time of day."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {' '.join(line.split())}\n")
    sys.stderr.flush()


def show_traceback(error: BaseException) -> str:
    """Write it, without what is ours above the user's code, and hand it back."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    text = "".join(traceback.format_exception(type(error), error, trace))
    sys.stderr.write(text)
    sys.stderr.flush()
    return text


def _is_ours(file: str) -> bool:
    return Path(file).parent == Path(__file__).parent


def in_words(error: BaseException) -> str:
    """``ValueError: what it says``; the name alone where it says nothing."""
    name, text = type(error).__name__, str(error)
    return f"{name}: {text}" if text else name
