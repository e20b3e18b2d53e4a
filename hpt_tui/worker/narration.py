"""What a worker says: lines on stderr, which the supervisor keeps as its log."""

from __future__ import annotations

import sys
import time
import traceback


def say(line: str) -> None:
    """One line, with the time of day."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {' '.join(line.split())}\n")
    sys.stderr.flush()


def show_traceback(error: BaseException) -> str:
    """Write it, and hand it back."""
    text = "".join(traceback.format_exception(error))
    sys.stderr.write(text)
    sys.stderr.flush()
    return text


def in_words(error: BaseException) -> str:
    """``ValueError: what it says``; the name alone where it says nothing."""
    name, text = type(error).__name__, str(error)
    return f"{name}: {text}" if text else name
