"""Some of a study's trials, in an order of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from hpt_tui.domain.trial import TrialRow

if TYPE_CHECKING:
    from hpt_tui.domain.trials import Trials


class Rows(Sequence[TrialRow]):
    """Some of the trials, in an order of their own; a row is made when it is asked for."""

    def __init__(self, trials: Trials, places: NDArray[np.intp]) -> None:
        self.trials, self.places = trials, places

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, at: int) -> TrialRow: ...
    @overload
    def __getitem__(self, at: slice) -> Rows: ...
    def __getitem__(self, at: int | slice) -> TrialRow | Rows:
        if isinstance(at, slice):
            return Rows(self.trials, self.places[at])
        return self.trials.row(int(self.places[at]))

    def __iter__(self) -> Iterator[TrialRow]:
        return (self.trials.row(int(place)) for place in self.places)

    def __repr__(self) -> str:
        return f"<{len(self)} of {len(self.trials)} trials>"

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(self.trials.columns.numbers[self.places].tolist())
