"""Poll after poll over every storage (issue 3, item 4): what changed is seen, and nothing else changes."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable

import optuna
import pytest
from optuna.trial import Trial
from optuna.trial import TrialState as OptunaState

from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.errors import StorageLostError, StudyNotFoundError
from hpt_tui.store import frozen_trials, keys
from hpt_tui.store.connect import list_studies
from hpt_tui.store.reader import open_reader
from tests.store.watched import SPACE, Home, Watched, drawn, seen


def test_a_poll_at_which_nothing_changed_returns_the_same_snapshot(watched: Watched) -> None:
    watched.study.tell(watched.ask(), 1.0)
    watched.ask().report(math.nan, 0)
    watched.study.set_user_attr("odd", math.nan)
    first = watched.poll()
    assert watched.poll() is first
    watched.study.tell(watched.ask(), 2.0)
    assert watched.poll() is not first


def test_an_old_snapshot_never_changes(watched: Watched) -> None:
    trial = watched.ask()
    trial.report(0.5, 0)
    before = watched.poll()
    was = json.dumps([seen(before), drawn(before)])
    trial.report(0.6, 1)
    watched.study.tell(trial, 0.7)
    after = watched.poll()
    assert json.dumps([seen(before), drawn(before)]) == was
    assert (before.trials[0].state, after.trials[0].state) == (TrialState.RUNNING, TrialState.COMPLETE)


def test_a_deleted_study_is_a_lost_storage_until_it_is_made_again(watched: Watched) -> None:
    name = watched.study.study_name
    for value in (1.0, 2.0):
        watched.study.tell(watched.ask(), value)
    assert watched.poll().total == 2
    optuna.delete_study(study_name=name, storage=watched.home.storage)
    for _ in range(2):
        with pytest.raises(StorageLostError, match=f"the study '{name}' was deleted"):
            watched.poll()
    with pytest.raises(StudyNotFoundError, match=f"there is no study named '{name}'"):
        open_reader(watched.home.address, name)
    again = optuna.create_study(study_name=name, storage=watched.home.storage, direction="minimize")
    again.tell(again.ask(), 3.0)
    study = watched.poll()
    assert ([t.value for t in study.trials], study.direction) == ([3.0], Direction.MINIMIZE)


def test_studies_in_one_storage_are_listed_in_their_order_and_stay_apart(home: Home) -> None:
    one, other = home.study(name=f"b of {home.kind}"), home.study(name=f"a [/no] \x1b[31m of {home.kind}")
    one.study.tell(one.ask(), 1.0)
    other.ask()
    one.ask().report(0.5, 0)
    for watched in (one, other):
        assert (seen(watched.poll()), drawn(watched.poll())) == (watched.rows(), watched.curves())
    assert list_studies(home.address)[-2:] == (one.study.study_name, other.study.study_name)


class Life:
    """What may happen to a study, by dice."""

    def __init__(self, watched: Watched, seed: int) -> None:
        self.watched, self.dice = watched, random.Random(seed)
        self.running: list[Trial] = []

    def act(self) -> None:
        acts: list[Callable[[], object]] = [self.ask, self.attribute, self.enqueue]
        if self.running:
            acts += [self.report, self.report, self.report, self.log, self.describe, self.note, self.end]
        self.dice.choice(acts)()

    def ask(self) -> None:
        names = self.dice.sample(sorted(SPACE), self.dice.randrange(5))
        self.running.append(self.watched.ask(names))

    def report(self) -> None:
        value = self.dice.choice([self.dice.gauss(0, 1), self.dice.gauss(0, 1), math.nan, math.inf, 0.0])
        self.watched.report(self.any(), self.dice.randrange(8), value)

    def log(self) -> None:
        value = self.dice.choice([self.dice.gauss(0, 1), math.nan])
        self.watched.log(self.any(), self.dice.randrange(8), **{self.dice.choice(["loss", "acc"]): value})

    def describe(self) -> None:
        name, value = self.dice.choice(
            [
                (keys.TRIAL_WORKER, self.dice.choice(["w1", "w2"])),
                (keys.TRIAL_BASELINE, self.dice.random() < 0.5),
                (keys.TRIAL_END, {"how": self.dice.choice(["failed", "lost"]), "text": f"{self.dice.random()}"}),
                ("other", math.nan),
            ]
        )
        self.any().set_user_attr(name, value)

    def note(self) -> None:
        self.watched.note(self.any(), self.dice.choice(["a note", ""]))

    def end(self) -> None:
        trial = self.running.pop(self.dice.randrange(len(self.running)))
        state = self.dice.choice(
            [OptunaState.COMPLETE, OptunaState.COMPLETE, OptunaState.PRUNED, OptunaState.FAIL]
        )
        value = self.dice.choice([self.dice.gauss(0, 1), math.inf]) if state is OptunaState.COMPLETE else None
        self.watched.study.tell(trial, value, state=state)

    def attribute(self) -> None:
        self.watched.control.pause(self.dice.random() < 0.5, at=self.dice.random())

    def enqueue(self) -> None:
        self.watched.study.enqueue_trial({"lr": 0.01}, user_attrs={keys.TRIAL_BASELINE: True})

    def any(self) -> Trial:
        return self.dice.choice(self.running)


@pytest.mark.parametrize(("seed", "few"), [(1, frozen_trials.FEW), (2, 0)], ids=["all listed", "one by one"])
def test_after_every_poll_a_reader_knows_what_optuna_and_a_new_reader_know(
    home: Home, seed: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen_trials, "FEW", few)
    watched = home.study()
    life = Life(watched, seed)
    for turn in range(14):
        for _ in range(life.dice.randrange(1, 5)):
            life.act()
        study = watched.poll(*range(99))
        assert (seen(study), drawn(study)) == (watched.rows(), watched.curves())
        assert study.control == keys.decode_control(watched.study.user_attrs)
        assert watched.poll(*range(99)) is study
        if turn % 4 == 3:
            new = open_reader(home.address, watched.study.study_name)
            other = new.poll(frozenset(range(99)))
            new.close()
            assert (seen(other), drawn(other)) == (seen(study), drawn(study))
            assert (other.best, other.ranked.numbers) == (study.best, study.ranked.numbers)
            assert (other.declared, other.control, other.counts) == (study.declared, study.control, study.counts)
