"""When a slot whose worker ended gets another one."""

from __future__ import annotations

import signal

from hpt_tui.domain.worker import STORAGE_AWAY

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds before a crashed worker is started again: 1, 2, 4 … 30."""
CRASHES = 3
WINDOW = 60.0
"""So many crashes within so many seconds, and the slot is given up."""
CRASHES_IN_A_ROW = 10
"""So many workers that crashed one after the other, each before it had lived that long, end it too."""
FOR_GOOD = (0, 1, 2)
"""Exit codes after which another worker would do the same: nothing more to do, gave up, bad input."""


class Restarts:
    """What became of one slot's workers so far."""

    def __init__(self) -> None:
        self.over = False
        """Whether no other worker is started here."""
        self.note = ""
        """How the last one ended, if that is worth telling; hostile text."""
        self.not_before = 0.0
        """When the next one may start, epoch seconds."""
        self._crashes: list[float] = []
        self._streak = 0

    def ended(self, code: int | None, lived: float, output: str, now: float) -> str:
        """Take down how a worker ended after ``lived`` seconds; what is to be told of it, empty if nothing."""
        self.note = _ending(code, output)
        if code in FOR_GOOD:
            self.over = True
            self.note = "" if code == 0 else self.note
            return self.note
        if code == STORAGE_AWAY:
            self.not_before = now + LONGEST_PAUSE
            self.note = f"the storage is away, starts again in {LONGEST_PAUSE:.0f} s: {self.note}"
            return self.note
        self._streak = 1 if lived >= WINDOW else self._streak + 1
        self._crashes = [at for at in self._crashes if now - at < WINDOW] + [now]
        if len(self._crashes) >= CRASHES:
            self.over = True
            self.note = f"crashed {CRASHES} times within {WINDOW:.0f} s, given up: {self.note}"
        elif self._streak >= CRASHES_IN_A_ROW:
            self.over = True
            self.note = f"crashed {self._streak} times in a row, given up: {self.note}"
        else:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._streak - 1, 10))
            self.not_before = now + pause
            self.note = f"crashed, starts again in {pause:.0f} s: {self.note}"
        return self.note

    def refused(self, error: OSError) -> str:
        """Take down that a worker could not even be started."""
        self.over, self.note = True, f"cannot be started: {error}"
        return self.note

    def may_start(self, now: float) -> bool:
        return not self.over and now >= self.not_before


def _ending(code: int | None, output: str) -> str:
    number = -code if code is not None and code < 0 else code - 128 if code is not None and code > 128 else None
    try:
        how = "ended" if code is None else f"exit code {code}" if number is None else signal.Signals(number).name
    except ValueError:
        how = f"exit code {code}"
    last = " | ".join(line.strip() for line in output.splitlines() if line.strip())
    return f"{how}: {last}" if last else how
