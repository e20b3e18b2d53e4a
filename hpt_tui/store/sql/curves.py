"""Which curves a snapshot has, from wherever they come."""

from __future__ import annotations

from hpt_tui.domain.trial import Curve, Direction
from hpt_tui.domain.trials import Trials
from hpt_tui.store.log_curves import LogCurves
from hpt_tui.store.record import StudyRecord
from hpt_tui.store.sql.database import Database
from hpt_tui.store.sql.following import Following
from hpt_tui.store.sql.log_folders import LogFolders
from hpt_tui.store.sql.shelf import Shelf
from hpt_tui.store.sql.trial_table import TrialTable
from hpt_tui.store.wanted import Curves, same_curves, wanted


class CurveChoice:
    """The curves of the running trials, the best one, the newest ones, and those that somebody looks at."""

    def __init__(self, db: Database, shelf: Shelf, logs: str) -> None:
        """``logs``: where the trials keep their own logs; empty: where the study says."""
        self._shelf, self._folders, self._logs = shelf, LogFolders(db), LogCurves(logs)
        self._own: dict[int, tuple[Curve, ...]] = {}
        self._last: Curves = {}
        self._named = bool(logs)
        self.behind = False
        """Whether some of them have not been read yet."""
        self.growing = False
        """Whether they may grow though the database does not change: trials have logs of their own."""

    def follow(self, record: StudyRecord | None) -> None:
        """Look for logs where the study's record says."""
        self._logs.follow(record)
        self._named = self._named or bool(record is not None and record.logs)

    def choose(
        self,
        table: TrialTable,
        following: Following | None,
        looking_at: frozenset[int],
        direction: Direction | None,
        terms: tuple[str, bool],
    ) -> Curves:
        """The curves by trial number; the very same mapping as long as nothing has changed.

        ``direction``: that of a single objective. ``terms``: what the reported metric is called, and whether our
        own table is there.
        """
        metric, logged = terms
        trials: Trials = table.photo()
        ids = {number: table.id_of[number] for number in wanted(trials, looking_at, direction)}
        found: dict[int, tuple[Curve, ...]] = {}
        for number, trial_id in ids.items():
            followed = following.curves(trial_id, number, metric) if following is not None else None
            if followed is not None:
                found[number] = followed
        # A running trial that is not followed yet will be.
        known = found.keys() | ({table.number_of[i] for i in table.open} if following is not None else set())
        rest = {number: trial_id for number, trial_id in ids.items() if number not in known}
        self.behind = not self._shelf.ask(list(rest.values()), logs=logged)
        for number, trial_id in rest.items():
            found[number] = self._shelf.curves(trial_id, number, metric)
        self._own = {number: _kept(curves, self._own.get(number, ())) for number, curves in found.items()}
        shown = self._with_logs(ids, table)
        if not same_curves(shown, self._last):
            self._last = shown
        return self._last

    def _with_logs(self, ids: dict[int, int], table: TrialTable) -> Curves:
        """The trials' own curves, and beside them those of their logs that bear other names."""
        folders = self._folders.of(list(ids.values()), table.open)
        self.growing = self._named or any(folders.values())
        self._logs.keep(frozenset(ids))
        # A running trial that is not followed yet has none of its own.
        own = self._own
        both = {n: self._logs.beside(n, own.get(n, ()), folders[ids[n]]) for n in sorted(ids)}
        return {number: curves for number, curves in both.items() if curves}


def _kept(now: tuple[Curve, ...], before: tuple[Curve, ...]) -> tuple[Curve, ...]:
    """The very tuple of before where it holds the same curves."""
    same = len(now) == len(before) and all(a is b for a, b in zip(now, before, strict=True))
    return before if same else now
