"""Rows of parameters, many at once, into the columns of a ledger."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hpt_tui.domain.space import Choices, Range
from hpt_tui.domain.trial_ledger import Drawn, TrialLedger
from hpt_tui.domain.trials import Floats, Ints, Places
from hpt_tui.store.sql.database import Row
from hpt_tui.store.sql.details import parsed_range
from hpt_tui.store.sql.sane import number, numbers


class ParamColumns:
    """Fills a ledger's parameters. Each distinct distribution is parsed once."""

    def __init__(self, ledger: TrialLedger, length: int) -> None:
        """``length``: how many trials there will be."""
        self._ledger, self._length = ledger, length
        self._kinds: dict[tuple[object, object], int] = {}
        """Name and distribution -> its place in the lists below."""
        self._drawn: list[Drawn] = []
        self._of_name: list[int] = []
        """The place in ``_drawn``."""
        self._codes: list[int] = []
        self._options: list[int] = []
        """How many options a choice has; 0 for a number, -1 where nobody knows what the value was drawn from."""
        self._names: dict[str, int] = {}

    def take(self, rows: Sequence[Row], places: Places) -> None:
        """Rows of name, value and distribution of the trials at ``places`` (n,); -1 for a trial to leave out."""
        kinds = self._kinds
        kind = np.array([kinds.get((row[-3], row[-1]), -1) for row in rows], dtype=np.int64)
        for at in np.flatnonzero(kind < 0).tolist():
            kind[at] = self._kind(rows[at][-3], rows[at][-1])
        values, _ = numbers([row[-2] for row in rows])
        options = np.array(self._options, dtype=np.int64)[kind]
        fits = np.isfinite(values) & (options >= 0)
        chosen = options > 0
        fits &= ~chosen | ((values >= 0) & (values < options) & (values == np.floor(values)))
        self._write(kind, values, places, np.flatnonzero(fits & (places >= 0)))
        for at in np.flatnonzero(~fits & (places >= 0)).tolist():
            if (odd := number(rows[at][-2])) is not None and isinstance(rows[at][-3], str):
                self._drawn[self._of_name[kind[at]]].put(int(places[at]), odd, None)

    def _write(self, kind: Ints, values: Floats, places: Places, chosen: Places) -> None:
        name = np.array(self._of_name, dtype=np.int64)[kind[chosen]]
        code = np.array(self._codes, dtype=np.int32)[kind[chosen]]
        order = np.argsort(name, kind="stable")
        starts = np.flatnonzero(np.diff(name[order], prepend=-1))
        for some in np.split(order, starts[1:]) if len(order) else ():
            drawn = self._drawn[name[some[0]]]
            drawn.values.write_all(places[chosen[some]], values[chosen[some]])
            drawn.drawn.write_all(places[chosen[some]], code[some])

    def _kind(self, name: object, distribution: object) -> int:
        key = (name, distribution)
        if key not in self._kinds:
            range_ = parsed_range(distribution) if isinstance(name, str) else None
            self._of_name.append(self._name(str(name)) if isinstance(name, str) else 0)
            self._codes.append(self._drawn[self._of_name[-1]].code(range_) if range_ is not None else -1)
            self._options.append(_options(range_))
            self._kinds[key] = len(self._codes) - 1
        return self._kinds[key]

    def _name(self, name: str) -> int:
        if name not in self._names:
            self._names[name] = len(self._drawn)
            drawn = self._ledger.param(name)
            drawn.values.reach(self._length)
            drawn.drawn.reach(self._length)
            self._drawn.append(drawn)
        return self._names[name]


def _options(range_: Range | None) -> int:
    if range_ is None:
        return -1
    return len(range_.options) if isinstance(range_, Choices) else 0
