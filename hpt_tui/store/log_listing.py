"""Which log files of a trial there are: looked for again only where a folder has changed."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from hpt_tui.domain.log_template import fixed_name, is_pattern, name_pattern

MAX_FILES = 32
"""Log files of one trial; the newest names win."""
MAX_ENTRIES = 20_000
"""Names that one search looks at."""
MAX_FOLDERS = 256
MAX_FOLDERS = 256
"""Folders that one search looks into."""
MAX_DEPTH = 4
"""Levels of folders below the named one."""
_SETTLED = 2 * 10**9
"""Nanoseconds: a folder that changed more recently may change again without its time moving."""
_NOISE = re.compile(r"lightning_logs|version_[0-9]+")
"""Folders of Lightning's that say nothing about the curves in them."""


class LogListing:
    """The log files of one trial: those below every path that ``parts`` (components of a template) stand for.

    With ``literal`` the parts are a path that a trial gave, in which a ``*`` is a star.
    Symbolic links to files are followed, links to folders below the named ones are not.
    """

    def __init__(self, base: Path, parts: tuple[str, ...], number: int, *, literal: bool = False) -> None:
        self._number = number
        self._base, self._parts = (base.joinpath(*parts), ()) if literal else (base, parts)
        self._watched: dict[Path, int] = {}
        """Every folder that was listed, or that was missing, with its modification time."""
        self._found: dict[Path, str] = {}
        self._left = 0
        self.problem = ""

    def files(self) -> dict[Path, str]:
        """File -> what goes before the names of its curves: the folder below the named one, as ``train/``."""
        if not self._watched or any(_changed(path) != time_ns for path, time_ns in self._watched.items()):
            self._look()
        return self._found

    def _look(self) -> None:
        self._watched, self._left, self.problem = {}, MAX_ENTRIES, ""
        found: dict[Path, str] = {}
        for root in sorted(self._roots(self._base, self._parts)):
            found.update(self._below(root))
        if self._left <= 0 or len(self._watched) >= MAX_FOLDERS:
            self.problem = "so many files and folders that not all are searched for logs; name a narrower folder"
        elif len(found) > MAX_FILES:
            self.problem = f"{len(found)} log files; the last {MAX_FILES} are read"
        self._found = dict(sorted(found.items())[-MAX_FILES:])

    def _roots(self, folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
        if not parts:
            yield folder
        elif not is_pattern(parts[0]):
            yield from self._roots(folder / fixed_name(parts[0], self._number), parts[1:])
        else:
            pattern = name_pattern(parts[0], self._number)
            for name, _ in list(self._entries(folder)):
                if pattern.fullmatch(name):
                    yield from self._roots(folder / name, parts[1:])

    def _below(self, root: Path) -> dict[Path, str]:
        if _is_file(root):
            self._watched[root.parent] = _changed(root.parent)
            return {root: ""} if _kept(root.name) else {}
        found: dict[Path, str] = {}
        folders = [(root, "", 0)]
        while folders:
            folder, prefix, depth = folders.pop()
            for name, is_folder in self._entries(folder):
                if not is_folder:
                    found.update({folder / name: prefix} if _kept(name) else {})
                elif depth < MAX_DEPTH:
                    folders.append((folder / name, prefix + _in_front(name), depth + 1))
        return found

    def _entries(self, folder: Path) -> Iterator[tuple[str, bool]]:
        """The names in the folder, and whether they are folders."""
        if len(self._watched) >= MAX_FOLDERS or self._left <= 0:
            return
        self._watched[folder] = _changed(folder)
        # Whatever cannot be listed has nothing to show.
        with contextlib.suppress(OSError), os.scandir(folder) as listed:
            for entry in listed:
                self._left -= 1
                if self._left <= 0:
                    return
                yield entry.name, entry.is_dir(follow_symlinks=False)


def _in_front(folder: str) -> str:
    readable = os.fsencode(folder).decode("utf-8", "replace")
    return "" if _NOISE.fullmatch(folder) else f"{readable}/"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _changed(path: Path) -> int:
    """The modification time, 0 where there is nothing; never the same twice while it is too fresh to trust."""
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return 0
    return changed if time.time_ns() - changed > _SETTLED else -time.time_ns()


def _kept(name: str) -> bool:
    return is_event_file(name) or name.lower().endswith(".csv")


def is_event_file(name: str) -> bool:
    """TensorBoard's own rule, without the empty mark that its profiler leaves."""
    return "tfevents" in name and not name.endswith(".profile-empty")
