"""A search in a storm (issue 4, proof), in the short form: every mishap once, and no network. Long: python -m
tests.chaos."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.chaos.grounds import OWN_DISK, OWN_SERVER, NoServerError
from tests.chaos.search import STEPS
from tests.chaos.storm import brewing
from tests.storages import fresh_storage

BUDGET = 16

pytestmark = pytest.mark.train


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("storage", "kinds"),
    [
        (OWN_DISK, ("worker", "order", "storage")),
        (OWN_SERVER, ("supervisor", "screen", "terminal", "clock", "storage")),
    ],
    ids=["workers, orders, a full disk", "supervisors, screens, the clock, a server that crashes"],
)
def test_nothing_is_lost_in_a_storm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], storage: str, kinds: tuple[str, ...]
) -> None:
    """L2-L7: no RUNNING row without a living worker, no finished trial lost or changed, budgets exact, and every
    order and every lost trial in the journal once."""
    with ExitStack() as stack:
        try:
            storm = stack.enter_context(brewing(storage, 7, tmp_path, *kinds, budget=BUDGET, code=STEPS))
        except NoServerError:
            # Then somebody else's, which is not stopped: the wire to it is cut, as the table says.
            address = stack.enter_context(fresh_storage(storage, tmp_path))
            storm = stack.enter_context(brewing(address.url, 7, tmp_path, *kinds, budget=BUDGET, code=STEPS))
        report = storm.run(lambda count: count < len(storm.mishaps))
    with capsys.disabled():
        print("\n" + report.table())  # noqa: T201
    assert report.problems == []
    assert sum(storm.befell.values()) + storm.missed == len(storm.mishaps)
