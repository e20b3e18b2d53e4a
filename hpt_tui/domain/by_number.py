"""A study's trials by their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hpt_tui.domain.trial import TrialRow
from hpt_tui.domain.trials import Trials


class ByNumber(Mapping[int, TrialRow]):
    """Rows are made as they are asked for."""

    def __init__(self, trials: Trials) -> None:
        self._trials = trials

    def __getitem__(self, number: int) -> TrialRow:
        if (found := self._trials.get(number)) is None:
            raise KeyError(number)
        return found

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self._trials.place(number) is not None

    def __iter__(self) -> Iterator[int]:
        return iter(self._trials.columns.numbers.tolist())

    def __len__(self) -> int:
        return len(self._trials)
