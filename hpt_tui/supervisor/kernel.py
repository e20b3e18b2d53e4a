"""Whether the kernel has killed something for want of memory: its own count of that."""

from __future__ import annotations

from collections import deque
from pathlib import Path

RECENT = 10.0
"""Seconds within which a death by SIGKILL goes with such a kill."""

_OWN = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")
_MACHINE = Path("/proc/vmstat")


def oom_kills(own: Path = _OWN, groups: Path = _GROUPS, machine: Path = _MACHINE) -> int:
    """How many processes the kernel has killed for want of memory since the boot: in our control group, where that
    is counted, else on the whole machine; 0 where nobody knows."""
    for path in (*_counters(own, groups), machine):
        try:
            lines = path.read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, count = line.partition(" ")
            if name == "oom_kill" and count.strip().isdigit():
                return int(count)
    return 0


def _counters(own: Path, groups: Path) -> list[Path]:
    """Where our control group's count may stand: version 2, version 1."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        hierarchy, controllers, folder = (*line.split(":", 2), "", "")[:3]
        inside = folder.lstrip("/")
        if hierarchy == "0":
            found.append(groups / inside / "memory.events")
        elif "memory" in controllers.split(","):
            found.append(groups / "memory" / inside / "memory.oom_control")
    return found


class OomWatch:
    """Remembers the count of the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque([(0.0, oom_kills())])

    def look(self, now: float) -> bool:
        """Whether the kernel has killed something lately; to be asked at every tick."""
        count = oom_kills()
        self._seen.append((now, count))
        while len(self._seen) > 2 and now - self._seen[1][0] > RECENT:
            self._seen.popleft()
        return count > self._seen[0][1]
