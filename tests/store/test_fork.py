"""Issue 4, item 2: a fork of a study, on every storage."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.forking import Fork, kept, plan_fork
from hpt_tui.domain.redeclare import Redeclaration
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.errors import HptError, InputError, OrderRefusedError
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.carry import carry
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.control import StudyControl
from hpt_tui.store.fork import make_fork
from hpt_tui.store.metrics import metric_writer
from hpt_tui.store.reader import open_reader
from hpt_tui.store.record import StudyRecord
from tests.waiting import eventually

CHANGES = (Redeclaration("kind", ("adamw", "lion")), Redeclaration("lr", log=True, low=1e-3))


@dataclass
class Search:
    address: Address
    storage: BaseStorage
    study: optuna.Study
    control: StudyControl

    def run(self, kind: str, lr: float, state: TrialState = TrialState.COMPLETE) -> optuna.Trial:
        self.study.enqueue_trial({"kind": kind, "lr": lr})
        trial = self.study.ask()
        trial.suggest_categorical("kind", ["sgd", "adamw"])
        trial.suggest_float("lr", 0.0, 1.0)
        trial.suggest_int("width", 1, 8)
        for step, value in enumerate((0.5, math.nan, math.inf, -math.inf)):
            trial.report(value, step)
        trial.set_user_attr(keys.TRIAL_WORKER, "w1")
        trial.set_user_attr("note", {"said": [trial.number]})
        if self.study.sampler is not None:
            self.storage.set_trial_system_attr(trial._trial_id, "cma:0", "state")
            self.storage.set_trial_system_attr(trial._trial_id, "constraints", [1.0])
        metric_writer(self.storage)(trial._trial_id, 0, {"loss": float(trial.number)})
        if state is not TrialState.RUNNING:
            done = 1.5 if state is TrialState.COMPLETE else None
            self.study.tell(trial, done, state=state)
        return trial

    def seen(self, name: str) -> StudySnapshot:
        reader = open_reader(self.address, name)
        reader.poll(frozenset(range(20)))
        found = reader.poll(frozenset(range(20)))
        reader.close()
        return found

    def trials(self, name: str) -> list[FrozenTrial]:
        storage = open_storage(self.address, writable=False)
        try:
            return storage.get_all_trials(storage.get_study_id_from_name(name))
        finally:
            close_storage(storage)

    def origins(self, name: str = "s-2") -> list[int]:
        return [int(t.user_attrs[keys.TRIAL_ORIGIN]) for t in self.trials(name)]

    def plan(self, name: str = "s-2", *changes: Redeclaration) -> Fork:
        return plan_fork(self.seen("s"), changes or CHANGES, name)


@pytest.fixture
def search(address: Address) -> Iterator[Search]:
    storage = open_storage(address, writable=True, create=True)
    study = optuna.create_study(study_name="s", storage=storage, sampler=optuna.samplers.RandomSampler(0))
    control = StudyControl(storage, study._study_id, "ann@lab")
    control.declare(StudyRecord("/f.py", "lab", "score", "minimize"))
    yield Search(address, storage, study, control)
    close_storage(storage)


@pytest.fixture
def ran(search: Search) -> Search:
    """Six finished trials, of which #1 and #4 don't fit the fork; #6 runs, #7 waits."""
    search.run("adamw", 0.1)
    search.run("sgd", 0.1)
    search.run("adamw", 0.2, TrialState.PRUNED)
    search.run("adamw", 0.3, TrialState.FAIL)
    search.run("adamw", 0.0)
    search.run("adamw", 0.4)
    search.run("adamw", 0.5, TrialState.RUNNING)
    search.study.enqueue_trial({"kind": "adamw", "lr": 0.6})
    search.study.enqueue_trial({"kind": "sgd", "lr": 0.6})
    return search


def test_what_is_foreseen_is_what_is_copied(ran: Search) -> None:
    fork = ran.plan()
    count = kept(ran.seen("s"), fork)
    assert (count.finished, count.kept, count.dropped) == (6, 4, 2)
    assert dict(count.misfits) == {"kind": 1, "lr": 1}
    assert (count.running, count.waiting) == (1, 2)
    done = make_fork(ran.address, fork)
    assert (done.copied, done.resumed) == (5, False)
    assert ran.origins() == [0, 2, 3, 5, 7]


def test_a_copy_is_the_trial_with_its_distributions_declared_anew(ran: Search) -> None:
    make_fork(ran.address, ran.plan())
    old = {t.number: t for t in ran.trials("s")}
    new = ran.trials("s-2")
    assert [t.number for t in new] == list(range(5))
    for trial in new[:4]:
        was = old[trial.user_attrs[keys.TRIAL_ORIGIN]]
        assert (trial.state, trial.values) == (was.state, was.values)
        assert trial.params == was.params
        assert list(trial.params) == list(was.params)
        assert repr(trial.intermediate_values) == repr(was.intermediate_values)
        assert (trial.datetime_start, trial.datetime_complete) == (was.datetime_start, was.datetime_complete)
        assert trial.distributions["kind"] == CategoricalDistribution(("adamw", "lion"))
        assert trial.distributions["lr"] == FloatDistribution(1e-3, 1.0, log=True)
        assert trial.distributions["width"] == was.distributions["width"]
        attributes = {k: v for k, v in trial.user_attrs.items() if k != keys.TRIAL_ORIGIN}
        assert attributes == was.user_attrs
        assert trial.system_attrs == {k: v for k, v in was.system_attrs.items() if k != "cma:0"}
    assert new[4].state is TrialState.WAITING
    assert new[4].system_attrs["fixed_params"] == {"kind": "adamw", "lr": 0.6}
    curve = ran.seen("s-2").curve(1, "loss")
    assert curve is not None
    assert list(curve.values) == [2.0]


def test_both_studies_know_of_each_other_and_the_old_one_takes_no_more(ran: Search) -> None:
    ran.control.set_budget(50)
    ran.control.change_bound("width", ran.seen("s").space["width"], 1, 16, 1.0)
    ran.control.want("lab", 3, 1.0)
    ran.control.prune(6, 1.0)
    ran.study.set_user_attr("team", "a")
    make_fork(ran.address, ran.plan())
    old, new = ran.seen("s"), ran.seen("s-2")
    assert (old.successor, old.control.moved_to, old.control.stopping) == ("s-2", "s-2", True)
    assert (new.predecessor, new.control.moved_to, new.control.stopping) == ("s", "", False)
    assert [e.sentence for e in old.events] == [
        "fork into s-2: kind: sgd, adamw → adamw, lion; lr: 0 .. 1 linear → 1.0e-3 .. 1.0e0 log"
    ]
    assert [e.act for e in new.events] == ["forked-from"]
    assert new.events[0].subject == "s"
    # What holds for it, too, is there; what was said of one trial is not.
    assert new.budget == 50
    assert new.space["width"] == old.space["width"]
    assert new.space["width"] != old.declared["width"]
    assert new.control.wanted["lab"].workers == 3
    assert not new.control.kills
    assert new.study_file == "/f.py"
    assert ran.storage.get_study_user_attrs(ran.storage.get_study_id_from_name("s-2"))["team"] == "a"


def test_stars_and_notes_go_with_their_trials(ran: Search) -> None:
    ran.control.star(2, True, 1.0)
    ran.control.star(1, True, 1.0)
    ran.control.note(5, "look at this one")
    make_fork(ran.address, ran.plan())
    new = ran.seen("s-2")
    assert new.control.starred == {1}
    assert dict(new.notes) == {3: "look at this one"}


def test_a_fork_that_was_interrupted_goes_on_and_copies_nothing_twice(ran: Search) -> None:
    class PowerCutError(Exception):
        pass

    def cut(done: int, total: int) -> None:
        if done >= 2:
            raise PowerCutError

    fork = ran.plan()
    with pytest.raises(PowerCutError):
        make_fork(ran.address, fork, cut)
    half = ran.seen("s")
    assert (half.successor, half.control.moved_to) == ("s-2", "")
    done = make_fork(ran.address, fork)
    assert done.resumed
    assert ran.origins() == [0, 2, 3, 5, 7]
    assert make_fork(ran.address, fork).copied == 0
    assert [e.act for e in ran.seen("s").events] == ["fork"]


def test_a_trial_that_ends_later_is_brought_over_once(ran: Search) -> None:
    make_fork(ran.address, ran.plan())
    ran.study.tell(6, 0.25)
    source, url = ran.study._study_id, ran.address.url
    assert carry(ran.storage, url, source, "s-2", worker="w1") == 1
    assert carry(ran.storage, url, source, "s-2", worker="w1") == 0
    assert ran.origins() == [0, 2, 3, 5, 7, 6]


def test_a_fork_of_a_fork_keeps_what_the_first_one_declared(ran: Search) -> None:
    make_fork(ran.address, ran.plan())
    fork = plan_fork(ran.seen("s-2"), [Redeclaration("width", floats=True)], "s-3")
    make_fork(ran.address, fork)
    new = ran.seen("s-3")
    assert sorted(new.control.redeclared) == ["kind", "lr", "width"]
    assert {str(t.distributions["width"]) for t in ran.trials("s-3") if t.params} == {
        str(FloatDistribution(1.0, 8.0))
    }
    assert ran.origins("s-3") == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("trials", [1, 0])
def test_a_study_of_that_name_is_left_alone(ran: Search, trials: int) -> None:
    other = optuna.create_study(study_name="s-2", storage=ran.storage, direction="minimize")
    for _ in range(trials):
        other.ask()
    if trials:
        with pytest.raises(InputError, match="study of that name"):
            make_fork(ran.address, ran.plan())
        assert ran.seen("s").successor == ""
    else:
        make_fork(ran.address, ran.plan())
        assert len(ran.origins()) == 5


def test_what_makes_no_sense_is_refused_before_anything_is_written(ran: Search) -> None:
    study = ran.seen("s")
    for changes, name, problem in (
        ([Redeclaration("depth", log=True)], "s-2", "no such parameter"),
        ([], "s-2", "changes nothing"),
        (CHANGES, "s", "name of its own"),
    ):
        with pytest.raises(OrderRefusedError, match=problem):
            plan_fork(study, changes, name)
    make_fork(ran.address, ran.plan())
    with pytest.raises(OrderRefusedError, match="goes on in its fork s-2"):
        ran.plan("s-9")
    with pytest.raises(HptError, match="other declarations"):
        make_fork(ran.address, ran.plan("s-2", Redeclaration("kind", ("lion", "adamw"))))
    assert eventually(lambda: len(ran.trials("s-2"))) == 5
