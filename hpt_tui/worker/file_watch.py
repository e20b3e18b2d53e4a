"""Whether the database's file is still the one that was opened."""

from __future__ import annotations

from pathlib import Path


class FileWatch:
    """Remembers which file stands at ``path``, and says when it is another or none.

    By stat alone: to open and close a database's file drops the locks that SQLite holds on it in this process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = self._found()

    def problem(self) -> str:
        """What became of the file, in words; empty while it is the same. A disk that is away is not gone."""
        try:
            found = self._found()
        except FileNotFoundError:
            return f"{self._path} has been deleted or moved"
        except OSError:
            return ""
        return "" if found == self._file else f"{self._path} has been replaced by another file"

    def _found(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_dev, status.st_ino
