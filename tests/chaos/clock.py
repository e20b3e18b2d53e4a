"""The time of day of the processes of a search, that jumps."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("skew.c")


class NoClockError(Exception):
    """The clock of a process cannot be set here; says why."""


class Clock:
    """What is loaded into every process of the search, and by how much their time of day is moved.

    Raises:
        NoClockError: there is no C compiler, or what it makes cannot be loaded.
    """

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            raise NoClockError("there is no C compiler (cc)")
        library, self._file = folder / "skew.so", folder / "clock"
        build = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
        done = subprocess.run(build, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoClockError((done.stderr.strip().splitlines() or ["cc failed"])[-1])
        self.set(0)
        self.environment = {"LD_PRELOAD": str(library), "HPT_CHAOS_CLOCK": str(self._file)}

    def set(self, seconds: int) -> None:
        """From now on the time of day is ``seconds`` later than it is."""
        # In place: the processes have the file's page in their memory.
        with self._file.open("r+b" if self._file.exists() else "w+b", buffering=0) as file:
            file.write(struct.pack("=q", seconds))
