"""Orders as attributes of the study (L2-L6): what is written is what is read, and nothing live is touched."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import optuna
import pytest

from hpt_tui.domain.event import Event
from hpt_tui.domain.space import Choices, FloatRange
from hpt_tui.domain.trial import TrialState as Ended
from hpt_tui.domain.worker import Lease, WorkerState
from hpt_tui.errors import OrderRefusedError, StorageLostError
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.connect import open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.metrics import engine_of
from hpt_tui.store.record import StudyRecord, decode_record
from hpt_tui.store.translate import to_row

LEASE = Lease("box-1-ab", "box", "boot", 1, 2.5, 0, "cpu", WorkerState.TRAINING, 9.0, 3, 0.5, 4.0)


@pytest.fixture
def control(address: Address) -> StudyControl:
    storage = open_storage(address, writable=True, create=True)
    study = optuna.create_study(study_name="s", storage=storage)
    return StudyControl(storage, study._study_id, "ann@box")


def test_orders_add_up_to_what_is_in_force(control: StudyControl) -> None:
    control.change_bound("lr", FloatRange(1e-4, 1e-1, log=True), 1e-4, 1.0, at=1.0)
    control.pause(True, at=2.0)
    control.stop(True, at=3.0, now=True)
    control.prune(12, at=4.0)
    control.leave("box-1-ab", at=5.0)
    got = keys.decode_control(control.attributes())
    assert (got.paused, got.stopping, got.at_once, got.stamp) == (True, True, True, 5.0)
    assert ([*got.kills], got.leaving) == ([12], frozenset({"box-1-ab"}))
    assert (got.bounds["lr"].low, got.bounds["lr"].high) == (1e-4, 1.0)


def test_a_pause_and_a_stop_can_be_taken_back(control: StudyControl) -> None:
    control.pause(True, at=1.0)
    control.stop(True, at=1.0)
    control.pause(False, at=2.0)
    control.stop(False, at=2.0)
    got = keys.decode_control(control.attributes())
    assert not got.paused
    assert not got.stopping


def test_choices_have_no_bounds_to_change(control: StudyControl) -> None:
    with pytest.raises(OrderRefusedError):
        control.change_bound("optimizer", Choices(("a",)), 0, 1, at=1.0)
    assert control.attributes() == {}


def test_a_lease_comes_back_as_it_was_written_and_goes(control: StudyControl) -> None:
    control.put_lease(LEASE)
    control.leave(LEASE.worker, at=1.0)
    assert keys.decode_leases(control.attributes()) == (LEASE,)
    control.drop_lease(LEASE.worker)
    attributes = control.attributes()
    assert keys.decode_leases(attributes) == ()
    assert keys.decode_control(attributes).leaving == frozenset()


def test_events_of_many_writers_at_once_are_all_kept_in_order(control: StudyControl) -> None:
    """One key an event: a shared list would lose 60 of 90 (research, exp16)."""
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: control.record(Event(float(n), "", "prune", f"#{n}")), range(30)))
    events = keys.decode_events(control.attributes())
    assert [e.subject for e in events] == [f"#{n}" for n in range(30)]
    assert {e.by for e in events} == {"ann@box"}


def test_a_dead_workers_trial_becomes_failed_with_its_reason(control: StudyControl) -> None:
    study = optuna.load_study(study_name="s", storage=control.storage)
    study.ask()
    assert control.fail_orphan(0, "worker box-1-ab died")
    trial = study.trials[0]
    assert trial.state is optuna.trial.TrialState.FAIL
    assert trial.user_attrs[keys.TRIAL_END] == {"how": "lost", "text": "worker box-1-ab died"}


def test_a_finished_trial_is_never_touched(control: StudyControl) -> None:
    study = optuna.load_study(study_name="s", storage=control.storage)
    study.tell(study.ask(), 1.0)
    assert not control.fail_orphan(0, "late")
    assert study.trials[0].state is optuna.trial.TrialState.COMPLETE
    assert keys.TRIAL_END not in study.trials[0].user_attrs


@pytest.mark.parametrize("name", ["²", "٣", "-1", "1.5", "", "x", "9" * 5000])
def test_an_order_to_prune_what_is_no_number_is_ignored(name: str) -> None:
    attributes: dict[str, object] = {keys.KILL + n: {"at": 1.0} for n in (name, "12")}
    assert [*keys.decode_control(attributes).kills] == [12]


@pytest.mark.parametrize("step", ["set_trial_user_attr", "set_trial_state_values"])
def test_a_trial_that_ends_while_it_is_being_buried_stays_as_it_ended(
    control: StudyControl, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = optuna.load_study(study_name="s", storage=control.storage)
    trial = study.ask()
    if engine_of(control.storage) is not None:
        # There it is buried in one transaction, of which this is all that comes before.
        step = "get_trial_id_from_study_id_trial_number"
    write = getattr(control.storage, step)

    def late(*arguments: object) -> object:
        monkeypatch.undo()
        study.tell(trial, 1.0)
        return write(*arguments)

    monkeypatch.setattr(control.storage, step, late)
    assert not control.fail_orphan(0, "late")
    row = to_row(study.trials[0])
    assert (row.state, row.values, row.by_hand, row.reason) == (Ended.COMPLETE, (1.0,), False, "")


@pytest.mark.parametrize(
    ("at", "stays"), [(2.0, False), (3.0, False), (4.0, True)], ids=["earlier", "at the same time", "later"]
)
def test_of_two_orders_at_once_the_later_one_stays(
    control: StudyControl, monkeypatch: pytest.MonkeyPatch, at: float, stays: bool
) -> None:
    """Item 7 of issue 4: an order that a later one took the place of was carried out all the same."""
    storage = control.storage
    write, others = storage.set_study_user_attr, [{"on": False, "at": at}] * (9 if stays else 1)

    def overwritten(study_id: int, key: str, value: object) -> None:
        write(study_id, key, value)
        if others:
            write(study_id, key, others.pop())

    monkeypatch.setattr(storage, "set_study_user_attr", overwritten)
    control.pause(True, at=3.0)
    assert keys.decode_control(control.attributes()).paused is not stays


def test_a_trial_that_is_not_there_cannot_be_buried(control: StudyControl) -> None:
    assert not control.fail_orphan(99, "late")


@pytest.mark.parametrize(
    "order",
    [
        lambda c: c.pause(True, 1.0),
        lambda c: c.change_bound("lr", FloatRange(0, 1), 0, 2, 1.0),
        lambda c: c.put_lease(LEASE),
        lambda c: c.drop_lease("w"),
        lambda c: c.record(Event(1.0, "", "pause")),
    ],
    ids=["pause", "bound", "lease", "goodbye", "event"],
)
def test_an_order_to_a_deleted_study_is_a_lost_storage(
    control: StudyControl, order: Callable[[StudyControl], None]
) -> None:
    optuna.delete_study(study_name="s", storage=control.storage)
    with pytest.raises(StorageLostError, match="the study: was deleted"):
        order(control)


def test_a_study_record_comes_back_as_it_was_declared(control: StudyControl) -> None:
    record = StudyRecord("/x/train.py", "box", "acc", "maximize", {"lr": "{}"}, {"lr": 0.1}, 30, "runs/{number}")
    control.declare(record)
    control.set_budget(40)
    attributes = control.attributes()
    assert decode_record(attributes[keys.SPEC]) == record
    assert keys.decode_budget(attributes) == 40


def test_a_name_that_a_database_could_not_keep_is_refused(control: StudyControl) -> None:
    before = control.attributes()
    with pytest.raises(OrderRefusedError, match="too long a name"):
        control.want("h" * 600, 2, 1.0)
    assert control.attributes() == before
