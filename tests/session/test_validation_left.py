"""A validation whose session was left while its runs go on (G28): what the next session starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from optuna.trial import TrialState, create_trial

from hpt_tui.cli.validate_run import restore
from hpt_tui.domain.orders.workers import WantWorkers
from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT
from hpt_tui.session import Session, Terms
from hpt_tui.store import keys
from hpt_tui.supervisor.gpu import Slot
from hpt_tui.supervisor.host import this_host
from hpt_tui.supervisor.launcher import LocalLauncher
from hpt_tui.supervisor.process import Child
from tests.session.desk import Desk


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each worker that was to be started, whether it would only validate; none is."""
    found: list[bool] = []

    def refuse(launcher: LocalLauncher, slot: Slot) -> Child:
        found.append(launcher.validating)
        raise OSError("no room")

    monkeypatch.setattr(LocalLauncher, "__call__", refuse)
    return found


def opened(desk: Desk, *, validating: bool = False, workers: int | None = 0) -> Session:
    desk.clock.now += 60
    target = str(desk.path.with_name("study.py"))
    Path(target).touch()
    terms = Terms(steering=True, workers=workers, target=target, validating=validating)
    return Session(desk.address, "s", terms, desk.clock)


def left(desk: Desk) -> int:
    """Have a run of a validation wait, and a session for it come and go; the run's number."""
    desk.study.tell(1, 0.4)
    run = {keys.TRIAL_VALIDATES: {"of": 0, "seed": 1}}
    desk.study.add_trial(create_trial(state=TrialState.WAITING, user_attrs=run))
    opened(desk, validating=True, workers=1).close(stop_workers=False)
    return 2


def test_who_attaches_goes_on_with_the_validation_and_does_not_search(desk: Desk, started: list[bool]) -> None:
    number = left(desk)
    session = opened(desk)
    assert session.tick().wanted == 1
    assert started == [True], "a worker that takes nothing else"
    trial_id = desk.storage.get_trial_id_from_study_id_trial_number(desk.study._study_id, number)
    desk.storage.set_trial_state_values(trial_id, TrialState.RUNNING)
    desk.study.tell(number, 0.3)
    session.close(stop_workers=False)
    session = opened(desk)
    assert session.tick().wanted == 0
    assert started == [True], "nothing waits to be validated, and nobody asked for a search"
    session.close(stop_workers=False)


def test_another_number_of_workers_goes_on_with_it_too(desk: Desk, started: list[bool]) -> None:
    left(desk)
    session = opened(desk)
    session.tick()
    session.submit(WantWorkers(this_host().name, 2))
    session.tick()
    session.close(stop_workers=False)
    started.clear()
    session = opened(desk)
    session.tick()
    assert started == [True, True]
    session.close(stop_workers=False)


def test_a_run_that_names_workers_searches_on(desk: Desk, started: list[bool]) -> None:
    left(desk)
    session = opened(desk, workers=1)
    session.tick()
    assert started == [False]
    session.close(stop_workers=False)


def test_a_run_that_joins_who_keeps_the_validation_is_a_search_all_the_same(
    desk: Desk, started: list[bool]
) -> None:
    left(desk)
    keeper = opened(desk)
    keeper.tick()
    joining = opened(desk, workers=None)
    keeper.close(stop_workers=False)
    started.clear()
    (crew,) = joining.tick().study.control.wanted.values()
    assert not crew.validating
    assert started
    assert not any(started)
    joining.close(stop_workers=False)


@pytest.mark.parametrize(("since", "wanted"), [(None, 0), (3, 3)], ids=["nobody", "a run"])
def test_a_validation_that_is_over_wants_nobody_unless_somebody_was_asked_for_since(
    desk: Desk, started: list[bool], since: int | None, wanted: int
) -> None:
    left(desk)
    if since is not None:
        desk.control.want(this_host().name, since, desk.clock.now + 1)
    restore(desk.address, "s", EMPTY_SNAPSHOT)
    (crew,) = opened(desk).tick().study.control.wanted.values()
    assert (crew.workers, crew.validating) == (wanted, False)
