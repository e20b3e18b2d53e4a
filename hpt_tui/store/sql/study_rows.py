"""The rows about a study as a whole: its id, directions and attributes."""

from __future__ import annotations

from dataclasses import dataclass

from hpt_tui.domain.trial import Direction
from hpt_tui.errors import StudyNotFoundError
from hpt_tui.store.notes import LIKE, NO_NOTES, read_notes
from hpt_tui.store.sql.database import Database
from hpt_tui.store.sql.sane import document, whole
from hpt_tui.store.study_facts import METRIC_NAMES, StudyFacts

_USER = "SELECT a.key, a.value_json FROM study_user_attributes a WHERE a.study_id = ?"
_NAMES = "SELECT a.value_json FROM study_system_attributes a WHERE a.study_id = ? AND a.key = ?"
_NOTED = "SELECT a.key, a.value_json FROM study_system_attributes a WHERE a.study_id = ? AND a.key LIKE ?"


@dataclass(frozen=True, slots=True)
class StudyRow:
    """What never changes of a study."""

    study_id: int
    directions: tuple[Direction, ...]
    created_by: object
    """The version of Optuna that made the database."""


def find_id(db: Database, name: str) -> int | None:
    """The id of the study ``name``; None if there is none."""
    rows = db.fetch("SELECT study_id FROM studies WHERE study_name = ?", (name,))
    return whole(rows[0][0]) if rows else None


def find_row(db: Database, study_id: int) -> StudyRow:
    """The study of that id."""
    rows = db.fetch("SELECT direction FROM study_directions WHERE study_id = ? ORDER BY objective", (study_id,))
    directions = tuple(Direction.MAXIMIZE if row[0] == "MAXIMIZE" else Direction.MINIMIZE for row in rows)
    made = db.fetch("SELECT library_version FROM version_info")
    return StudyRow(study_id, directions or (Direction.MINIMIZE,), made[0][0] if made else None)


def not_found(db: Database, name: str) -> StudyNotFoundError:
    """What to say where there is no such study."""
    known = sorted(str(row[0]) for row in db.fetch("SELECT study_name FROM studies ORDER BY study_name LIMIT 8"))
    remedy = f"it holds: {', '.join(known)}" if known else "it holds no study at all"
    return StudyNotFoundError(db.label, f"there is no study named {name!r}", remedy)


class StudyAttributes:
    """A study's attributes; those whose text has not changed are not parsed again."""

    def __init__(self, db: Database, name: str, row: StudyRow) -> None:
        self._db, self._name, self._row = db, name, row
        self._texts: dict[str, object] = {}
        self._parsed: dict[str, object] = {}
        self._named: object = None
        self.facts = StudyFacts(name, db.label, row.directions, None, {})
        """What they say; the very same object as long as nothing has changed."""
        self.notes = NO_NOTES
        """What somebody wrote of trials, by their ids; the very same mapping as long as nothing has changed."""
        self._noted: list[tuple[object, ...]] = []

    def read(self) -> None:
        """Read what has changed."""
        study_id = self._row.study_id
        texts = {key: text for key, text in self._db.fetch(_USER, (study_id,)) if isinstance(key, str)}
        named = next(iter(self._db.fetch(_NAMES, (study_id, METRIC_NAMES))), (None,))[0]
        if texts != self._texts or named != self._named:
            known = self._texts
            self._parsed = {
                key: self._parsed[key] if key in known and known[key] == text else document(text)
                for key, text in texts.items()
            }
            self._texts, self._named = texts, named
            self.facts = StudyFacts(
                self._name, self._db.label, self._row.directions, document(named), self._parsed
            )
        noted = sorted(self._db.fetch(_NOTED, (study_id, LIKE)), key=str)
        if noted != self._noted:
            self._noted = noted
            self.notes = read_notes({key: document(text) for key, text in noted if isinstance(key, str)})
