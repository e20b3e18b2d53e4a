"""The first read of a study: every column of every trial, in pieces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain.trial import TrialState, Validates
from hpt_tui.domain.trials import CODES, STATES, Mark, Places
from hpt_tui.store import keys
from hpt_tui.store.sql.database import Database, marks
from hpt_tui.store.sql.details import CONSTRAINTS, TOLD, ending, violates
from hpt_tui.store.sql.heads import Heads
from hpt_tui.store.sql.param_columns import ParamColumns
from hpt_tui.store.sql.reported import LAST, SHORT
from hpt_tui.store.sql.sane import document, numbers, whole, wholes
from hpt_tui.store.sql.sweep import Portion, Sweep
from hpt_tui.store.sql.trial_table import FINISHED, TrialTable

_PARAMS = "SELECT trial_id, param_name, param_value, distribution_json FROM trial_params WHERE"
_VALUES = "SELECT trial_id, objective, value, value_type FROM trial_values WHERE"
_TOLD = f"SELECT u.trial_id, u.key, u.value_json FROM trial_user_attributes u WHERE u.key IN {marks(TOLD)} AND"

_CONSTRAINTS = "SELECT s.trial_id, s.key, s.value_json FROM trial_system_attributes s WHERE s.key LIKE ? AND"
_WAITING = CODES[TrialState.WAITING]


class Opening:
    """Fills a table with what can be drawn (parameters, values, the last step), then with the rest (how many
    steps, what was not finite, who ran it and why it ended), which is shown once it is all there.

    Open trials are read too, but not for good: whoever follows them puts them again.
    """

    def __init__(self, db: Database, study_id: int, table: TrialTable, heads: Heads) -> None:
        """``heads``: all trials by ascending number, as :meth:`TrialTable.lay` gives them."""
        self._table, self._heads = table, heads
        order = np.argsort(heads.ids, kind="stable")
        self._places: Places = order
        """(n,) by ascending id, the place in the table."""
        ids = heads.ids[order]
        self._params = ParamColumns(table.ledger, len(heads))
        self._sweep = Sweep(db, study_id, ids, self._read_portion)
        self._rest = Sweep(db, study_id, ids, self._read_rest)
        self._steps = np.zeros(len(heads), dtype=np.int64)
        self._marks = np.zeros(len(heads), dtype=np.uint8)
        self._workers = np.zeros(len(heads), dtype=np.int32)
        self._reasons: dict[int, str] = {}
        self._validates: dict[int, Validates] = {}
        self.unclear: list[int] = []
        """The ids of trials whose rows must be looked at one by one."""
        self.over = False

    @property
    def done(self) -> int:
        """How many trials can be drawn."""
        return self._sweep.done

    @property
    def drawable(self) -> bool:
        """Whether all can."""
        return self._sweep.over

    def step(self) -> bool:
        """Read the next piece, well under half a second; whether it was the last one."""
        if not self._sweep.over:
            self._sweep.step()
        elif not self._rest.over:
            self._rest.step()
        else:
            self._show_rest()
            self.over = True
        return self.over

    def _read_portion(self, portion: Portion, start: int) -> None:
        places = self._places[start : start + len(portion.ids)]
        rows = portion.fetch(_PARAMS)
        self._params.take(rows, _placed(places, portion, rows))
        bits = self._read_values(portion, places) | self._read_last(portion, places)
        self._table.ledger.marks.write_all(places, bits)

    def _read_values(self, portion: Portion, places: Places) -> NDArray[np.uint8]:
        bits = np.zeros(len(places), dtype=np.uint8)
        found = np.full((len(places), self._table.objectives), np.nan)
        rows = portion.fetch(_VALUES)
        values, there = numbers([row[2] for row in rows], [row[3] for row in rows])
        at, objective = portion.index(rows), wholes([row[1] for row in rows])
        there &= (at >= 0) & (objective >= 0) & (objective < self._table.objectives)
        found[at[there], objective[there]] = values[there]
        bits[at[there]] = int(Mark.VALUED)
        self._table.ledger.values.write_all(places, found)
        return bits

    def _read_last(self, portion: Portion, places: Places) -> NDArray[np.uint8]:
        bits = np.zeros(len(places), dtype=np.uint8)
        last_steps, last_values = np.full(len(places), -1), np.full(len(places), np.nan)
        rows = portion.fetch(LAST, "t.trial_id")
        values, there = numbers([row[2] for row in rows], [row[3] for row in rows])
        at, steps = portion.index(rows), wholes([row[1] for row in rows])
        clear = there & (steps >= 0)
        self.unclear += portion.ids[at[(at >= 0) & ~clear]].tolist()
        clear &= at >= 0
        last_steps[at[clear]], last_values[at[clear]] = steps[clear], values[clear]
        bits[at[clear]] = int(Mark.REPORTED)
        self._table.ledger.last_steps.write_all(places, last_steps)
        self._table.ledger.last_values.write_all(places, last_values)
        return bits

    def _read_rest(self, portion: Portion, start: int) -> None:
        places = self._places[start : start + len(portion.ids)]
        rows = portion.fetch(SHORT, "i.trial_id", tail="GROUP BY i.trial_id")
        for at, (_, count, _, odd) in zip(_placed(places, portion, rows).tolist(), rows, strict=True):
            if at >= 0:
                self._steps[at] = whole(count) or 0
                if odd:
                    self._marks[at] |= Mark.NON_FINITE
        rows = portion.fetch(_TOLD, "u.trial_id", TOLD)
        for at, (_, key, text) in zip(_placed(places, portion, rows).tolist(), rows, strict=True):
            if at >= 0:
                self._take_told(at, key, document(text))
        rows = portion.fetch(_CONSTRAINTS, "s.trial_id", (CONSTRAINTS,))
        for at, (_, key, text) in zip(_placed(places, portion, rows).tolist(), rows, strict=True):
            if at >= 0 and violates(str(key), document(text)):
                self._marks[at] |= Mark.INFEASIBLE

    def _take_told(self, place: int, key: object, value: object) -> None:
        if key == keys.TRIAL_WORKER and isinstance(value, str):
            self._workers[place] = self._table.ledger.worker_code(value)
        elif key == keys.TRIAL_BASELINE and value is True:
            self._marks[place] |= Mark.BASELINE
        elif key == keys.TRIAL_VALIDATES and (run := keys.decode_validates(value)) is not None:
            self._validates[int(self._heads.numbers[place])] = run
        elif key == keys.TRIAL_END:
            how, text = ending(value, STATES[self._heads.states[place]])
            self._marks[place] |= Mark.BY_HAND if how in keys.BY_HAND else 0
            if text:
                self._reasons[int(self._heads.numbers[place])] = text

    def _show_rest(self) -> None:
        """Write it down for the trials that had ended when they were listed; they are what they were."""
        heads, ledger = self._heads, self._table.ledger
        places, there = self._table.places(heads.numbers)
        ended = np.flatnonzero(FINISHED[heads.states] & there)
        at = places[ended]
        ledger.steps.write_all(at, self._steps[ended])
        ledger.marks.write_all(at, ledger.marks.photo()[at] | self._marks[ended])
        ledger.workers.write_all(at, self._workers[ended])
        open_ = set(heads.numbers[~FINISHED[heads.states]].tolist())
        ledger.give_reasons({n: text for n, text in self._reasons.items() if n not in open_})
        ledger.give_validates(self._validates)
        # Nobody follows those that wait; one that is retried comes with what the failed one reported.
        waiting = (heads.states == _WAITING) & ((self._steps > 0) | (self._marks > 0) | (self._workers > 0))
        self.unclear += heads.ids[waiting].tolist()
        self._correct_times(at, ended)

    def _correct_times(self, at: Places, ended: Places) -> None:
        """Optuna 5 has written the times of what hpt-tui ran, as it needs no other."""
        heads, ledger, clock = self._heads, self._table.ledger, self._table.clock
        ran = heads.numbers[self._workers > 0]
        if len(ran) and clock.prove_utc(int(ran.min())):
            ledger.started.write_all(at, clock.epochs(heads.started[ended], heads.numbers[ended]))
            ledger.ended.write_all(at, clock.epochs(heads.ended[ended], heads.numbers[ended]))


def _placed(places: Places, portion: Portion, rows: list[tuple[object, ...]]) -> Places:
    """(n,) the place in the table of the trial that each row is about; -1 for none."""
    at = portion.index(rows)
    return np.where(at >= 0, places[np.maximum(at, 0)], -1) if len(rows) else np.empty(0, dtype=np.intp)
