"""Where trials say that their own logs are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hpt_tui.store import keys
from hpt_tui.store.sql.database import Database, by_trial, marks, portions
from hpt_tui.store.sql.sane import document

_KEYS = (keys.TRIAL_LOGS, keys.TRIAL_LOG_DIR)
_SELECT = (
    "SELECT u.trial_id, u.key, u.value_json FROM trial_user_attributes u "
    f"WHERE u.key IN {marks(_KEYS)} AND u.trial_id IN "
)


class LogFolders:
    """The folders of trials by id; one that has ended is asked once."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[int, str] = {}

    def of(self, ids: Sequence[int], open_: Mapping[int, object]) -> Mapping[int, str]:
        """The folders of the trials ``ids``, empty where a trial names none; those in ``open_`` may say it yet."""
        asked = [trial_id for trial_id in ids if trial_id in open_ or trial_id not in self._known]
        told: dict[int, dict[str, object]] = {trial_id: {} for trial_id in asked}
        for some in portions(asked):
            for trial_id, (key, text) in by_trial(self._db.fetch(_SELECT + marks(some), (*_KEYS, *some))):
                told[trial_id][str(key)] = document(text)
        found = {i: self._known[i] for i in ids if i in self._known}
        found |= {trial_id: keys.log_folder(attributes) for trial_id, attributes in told.items()}
        self._known = found
        return found
