"""The order of the trials: what a change costs, and that it is the order that sorting anew gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hpt_tui.domain.quantities import NOTED, NUMBER, PARAM, STARTED, TIME, VALUE, WORKER, Floats
from hpt_tui.domain.space import Choices
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trial_ledger import TrialLedger
from hpt_tui.domain.trials import Places
from hpt_tui.tui import listing
from hpt_tui.tui.listing import Listing, Order, moved
from tests.builders import NOON, study, trial

KEYS = st.sampled_from((0.0, 1.0, 2.0, float("inf"), float("nan")))


@given(st.lists(KEYS, min_size=1, max_size=30), st.data())
def test_moving_the_changed_ones_gives_the_order_that_sorting_all_gives(
    keys: list[float], data: st.DataObject
) -> None:
    before = np.argsort(keys, kind="stable")
    changes = data.draw(st.dictionaries(st.integers(0, len(keys) - 1), KEYS))
    new = data.draw(st.lists(KEYS, max_size=4))
    after = np.array([changes.get(at, key) for at, key in enumerate(keys)] + new)
    changed = np.array([*sorted(changes), *range(len(keys), len(after))], np.intp)
    assert moved(before, after, changed).tolist() == np.argsort(after, kind="stable").tolist()


@pytest.mark.parametrize("by", [VALUE, NUMBER, TIME, PARAM + "lr"])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_tick_sorts_only_what_changed(by: str, reverse: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = TrialLedger()
    for n in range(400):
        ledger.put(trial(n, value=n * 7919 % 400 / 400, params={"lr": n * 31 % 400 + 1.0}, seconds=n * 13 % 400))
    ledger.put(trial(400, TrialState.RUNNING, 0.5))
    wanted, order = Listing(by, reverse), Order()
    order.of(wanted, replace(study(), trials=ledger.photo()), NOON)
    ledger.put(trial(400, TrialState.RUNNING, 0.1))
    ledger.put(trial(401, TrialState.RUNNING, 0.9))
    after = replace(study(), trials=ledger.photo())
    fresh = Order().of(wanted, after, NOON + 9)
    sorted_anew: list[int] = []

    def spy(places: Places, keys: Floats, changed: Places) -> Places:
        sorted_anew.extend(changed.tolist())
        return moved(places, keys, changed)

    monkeypatch.setattr(listing, "moved", spy)
    found = order.of(wanted, after, NOON + 9)
    assert found.tolist() == fresh.tolist()
    assert set(sorted_anew) <= {400, 401}


def test_texts_sort_by_alphabet_after_numbers_and_new_columns_sort_too() -> None:
    kinds = Choices(("b", 2, "a", None, 10))
    made = study(
        [
            replace(
                trial(n, params={"kind": kind}, ranges={"kind": kinds}),
                worker=("", "w2", "w1", "", "w1")[n],
                noted=n == 3,
                started=NOON - n,
            )
            for n, kind in enumerate(kinds.options)
        ]
    )

    def order(by: str, *, reverse: bool = False) -> list[int]:
        return [int(place) for place in Order().of(Listing(by, reverse), made, NOON)]

    assert order(PARAM + "kind") == [1, 4, 2, 0, 3]
    assert order(PARAM + "kind", reverse=True) == [0, 2, 4, 1, 3]
    assert order(PARAM + "nobody has it") == [0, 1, 2, 3, 4]
    assert order(WORKER) == [2, 4, 1, 0, 3]
    assert order(NOTED) == [3, 0, 1, 2, 4]
    assert order(STARTED) == [4, 3, 2, 1, 0]
