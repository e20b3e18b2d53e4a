"""A worker moves into the fork of its study (issue 4, item 2)."""

from __future__ import annotations

from pathlib import Path

import optuna
from optuna.trial import TrialState, create_trial

from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import open_storage
from hpt_tui.store.retry import retry_trial
from hpt_tui.worker.moving import leave_for
from hpt_tui.worker.station import Station


def test_the_retry_of_a_trial_that_was_lost_after_the_fork_comes_along(tmp_path: Path) -> None:
    """Nobody would ever take it in the old study."""
    address = parse_address(str(tmp_path / "study.db"))
    storage = open_storage(address, writable=True, create=True)
    study = optuna.create_study(study_name="s", storage=storage)
    successor = optuna.create_study(study_name="s-2", storage=storage)
    study.add_trial(create_trial(state=TrialState.FAIL))
    assert retry_trial(storage, study._study_id, 0, 1.0, "ann@box") == 1
    for _ in range(2):
        assert leave_for(study, address.url, "s-2", Station("w1"))
    again = open_storage(address, writable=False)
    assert [t.state for t in again.get_all_trials(successor._study_id)] == [TrialState.FAIL, TrialState.WAITING]
