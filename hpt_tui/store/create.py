"""Making a study, or joining one that is there, as a study file describes it."""

from __future__ import annotations

import shlex
import socket
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypedDict, Unpack

import optuna
from filelock import FileLock
from optuna.storages import BaseStorage
from optuna.study import Study, StudyDirection

from hpt_tui.config import study_lock_path
from hpt_tui.domain.care import CareWish
from hpt_tui.domain.description import Description
from hpt_tui.domain.figures import plain
from hpt_tui.domain.manual.loop import manual_ended
from hpt_tui.domain.method import Method, Sampling, Wish
from hpt_tui.domain.phases.cut import may_be_cut
from hpt_tui.domain.phases.wish import PlanWish
from hpt_tui.domain.redeclare import fits
from hpt_tui.domain.snapshot import Control
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.errors import InputError
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.author import author
from hpt_tui.store.bound_documents import code_bounds
from hpt_tui.store.care import decode_care
from hpt_tui.store.connect import close_storage, open_storage, quiet_optuna
from hpt_tui.store.control import StudyControl
from hpt_tui.store.faults import storage_faults
from hpt_tui.store.going import Budgets, Tell, print_nothing, set_going
from hpt_tui.store.liveness import lives
from hpt_tui.store.phase_book import start_plan
from hpt_tui.store.planning import Planned, planned
from hpt_tui.store.record import StudyRecord, decode_record
from hpt_tui.store.settling import Settled, settle
from hpt_tui.store.space_check import check_grid, check_space
from hpt_tui.store.step_documents import decode_step_budget
from hpt_tui.store.translate import is_baseline, to_row


def _anything(method: Method) -> None:
    """Approves of every method."""


class Said(TypedDict, total=False):
    """What whoever starts the search says beside the study file; what is left out leaves all as it is."""

    budget: int | None
    """Finished trials in all."""
    default_budget: int | None
    """Of a study that has no such budget."""
    steps: int | None
    """Reported steps of all trials; 0: no such budget any more."""
    seconds: float | None
    """So long from now no trial starts any more."""
    tell: Tell
    """Is told what there is to know of these budgets."""
    told: Wish
    """The method; goes before what the file says, and that before the method that the study has."""
    approve: Callable[[Method], object]
    """Raises where the method that comes of it cannot be had here."""
    care: CareWish
    """Goes before what the file says of retries."""
    by_hand: bool
    """Whether a search by hand is to go on."""
    baseline: bool
    """Whether the declared baseline is enqueued now; left out: it is."""
    plan: PlanWish | None
    """Goes before the file's plan of phases, and comes with a budget of its own."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """The same, with nothing left out."""

    budgets: Budgets
    told: Wish
    approve: Callable[[Method], object]
    care: CareWish
    by_hand: bool
    baseline: bool
    plan: PlanWish | None

    @classmethod
    def of(cls, said: Said) -> _Terms:
        spent = said.get("budget"), said.get("default_budget"), said.get("steps"), said.get("seconds")
        return cls(
            Budgets(*spent, said.get("tell", print_nothing)),
            said.get("told", Wish()),
            said.get("approve", _anything),
            said.get("care", CareWish()),
            said.get("by_hand", False),
            said.get("baseline", True),
            said.get("plan"),
        )


def create_study(address: Address, description: Description, *, name: str = "", **said: Unpack[Said]) -> int:
    """Make the study (and its storage) or join it, and write down what the file declares; the study's id.

    ``name`` overrides the described one. The declared baseline is enqueued, unless the study has a trial of it
    that waits, runs or came to an end of its own: a new study has it as trial 0. A stop or a pause that somebody
    ordered earlier is taken back: the study is being run again; so is a search by hand, unless it is to go on.

    Raises:
        InputError: the study is there and optimises in another direction, or several objectives; or the method
            does not fit it.
        StudyFileError: the study holds trials of a space that the file's cannot be mixed with.
        StorageError, StorageLostError: the storage cannot be opened, or went away.
    """
    quiet_optuna()
    terms = _Terms.of(said)
    if address.path is not None and not address.path.exists():
        # Nothing is to be made for a search that cannot start.
        begun = _plan({}, (), description, terms)
        method = settle(None, description, terms.told, 1, begun.budget or terms.budgets.trials).method
        begun.check(method, 1)
        terms.approve(method)
    # No study has an empty name: this is the lock of the storage itself.
    with FileLock(study_lock_path(address.url, "")):
        storage = open_storage(address, writable=True, create=True)
    try:
        return _make(storage, address, description, name or description.name, terms)
    finally:
        close_storage(storage)


def _make(
    storage: BaseStorage,
    address: Address,
    description: Description,
    name: str,
    terms: _Terms,
) -> int:
    with FileLock(study_lock_path(address.url, name)), storage_faults(address.label):
        directions = _directions(storage, name, description)
        begun = _plan(*_standing(storage, name), description, terms)
        if begun.budget is not None:
            terms = replace(terms, budgets=replace(terms.budgets, trials=begun.budget))
        settled = _settled(storage, name, description, len(directions), terms)
        begun.check(settled.method, len(directions))
        study = optuna.create_study(study_name=name, storage=storage, directions=directions, load_if_exists=True)
        control = StudyControl(storage, study._study_id, author())
        before = control.attributes()
        steering = keys.decode_control(before)
        if (child := keys.decode_kin(before, keys.CHILD)) is not None and child.moving:
            problem = f"the search goes on in its fork {child.study!r}"
            raise InputError(name, problem, f"add --study {shlex.quote(child.study)}")
        check_space(study, description, steering.redeclared)
        check_grid(study, decode_record(before.get(keys.SPEC)), description, settled.method)
        _declare(study, control, description, settled)
        _take_care(control, before, terms.care, description.retries)
        set_going(control, before, replace(terms.budgets, trials=settled.budget), description.steps)
        if not terms.by_hand:
            _end_manual(control, steering)
        if begun.new is not None:
            start_plan(storage, study._study_id, begun.new)
        _tell_of_cut(control, begun, terms.budgets)
        takes = all(fits(r, description.baseline.get(name)) for name, r in steering.redeclared.items())
        if terms.baseline and description.baseline and takes and _baseline_missing(study, control):
            study.enqueue_trial(dict(description.baseline), user_attrs={keys.TRIAL_BASELINE: True})
    return study._study_id


def _standing(storage: BaseStorage, name: str) -> tuple[keys.Attributes, Sequence[TrialRow]]:
    """What the study of that name says, and its trials; nothing of one that is still to be made."""
    try:
        study_id = storage.get_study_id_from_name(name)
    except KeyError:
        return {}, ()
    trials = storage.get_all_trials(study_id, deepcopy=False)
    return storage.get_study_user_attrs(study_id), [to_row(t) for t in trials]


def _plan(
    attributes: keys.Attributes, trials: Sequence[TrialRow], description: Description, terms: _Terms
) -> Planned:
    budgets = terms.budgets
    # As anywhere else, the default is for a study without a budget.
    default = budgets.default_trials if keys.decode_budget(attributes) is None else None
    budget = budgets.trials if budgets.trials is not None else default
    return planned(attributes, trials, description, terms.plan, budget, author())


def _directions(storage: BaseStorage, name: str, description: Description) -> list[StudyDirection]:
    """What to create the study with: the directions of the one that is there, else what the file says."""
    declared = [StudyDirection[x.upper()] for x in description.direction.split(",") if x]
    try:
        stored = storage.get_study_directions(storage.get_study_id_from_name(name))
    except KeyError:
        return declared or [StudyDirection.MINIMIZE]
    if declared and stored != declared:
        found, said = _in_words(stored), _in_words(declared)
        raise InputError(
            name,
            f"the study in the storage is to {found}, but {description.file} says {said}",
            "give the study another name (--study)",
        )
    return stored


def _in_words(directions: Sequence[StudyDirection]) -> str:
    return " and ".join(d.name.lower() for d in directions)


def _settled(storage: BaseStorage, name: str, description: Description, objectives: int, terms: _Terms) -> Settled:
    """How the study is searched from now on.

    Raises:
        InputError: it can't be searched so.
    """
    try:
        attributes = storage.get_study_user_attrs(storage.get_study_id_from_name(name))
    except KeyError:
        attributes = {}
    known, before = decode_record(attributes.get(keys.SPEC)), keys.decode_budget(attributes)
    wanted = terms.budgets.trials
    budget = wanted if wanted is not None else before or terms.budgets.default_trials
    settled = settle(known, description, terms.told, objectives, budget)
    terms.approve(settled.method)
    if settled.method.strategy is Sampling.GRID and (moved := _moved(attributes)):
        problem = f"goes through the code's ranges, and the bounds of {', '.join(map(plain, moved))} were moved"
        raise InputError("strategy grid", problem, "move them back first, or take another strategy")
    return settled if wanted is not None or settled.budget != budget else replace(settled, budget=None)


def _moved(attributes: keys.Attributes) -> list[str]:
    """The parameters whose bounds are not the code's."""
    bounds = keys.decode_control(attributes).bounds
    return [name for name, b in bounds.items() if code_bounds(attributes, keys.BOUNDS, name) != (b.low, b.high)]


def _declare(study: Study, control: StudyControl, description: Description, settled: Settled) -> None:
    """Write the declaration, unless the study has the same one."""
    record = StudyRecord(
        file=description.file,
        host=socket.gethostname(),
        metric=description.metric,
        direction=_in_words(study.directions),
        space=description.space,
        baseline=description.baseline,
        steps=description.steps,
        logs=description.logs,
        method=settled.method,
        wished=settled.wished,
        points={name: tuple(values) for name, values in description.points.items()},
    )
    if decode_record(control.attributes().get(keys.SPEC)) == record:
        return
    control.declare(record)
    if settled.event is not None:
        control.record(replace(settled.event, at=time.time()))
    if description.declared:
        study.set_metric_names([description.metric])


def _take_care(control: StudyControl, attributes: keys.Attributes, told: CareWish, declared: int | None) -> None:
    before = decode_care(attributes)
    care = told.over(before, declared)
    if care != before:
        control.set_care(care)


def _tell_of_cut(control: StudyControl, begun: Planned, budgets: Budgets) -> None:
    """Say once, when the two come together, that a budget of steps may end the plan."""
    attributes = control.attributes()
    steps = decode_step_budget(attributes)
    if begun.follows is None or steps is None or (begun.new is None and budgets.steps is None):
        return
    if said := may_be_cut(begun.follows, steps, keys.decode_budget(attributes)):
        budgets.tell(said)


def _end_manual(control: StudyControl, steering: Control) -> None:
    """Let samplers draw trials again."""
    if steering.manual is not None and steering.manual.on:
        control.search_by_hand(replace(steering.manual, on=False))
        control.record(manual_ended(steering.manual, time.time()))


def _baseline_missing(study: Study, control: StudyControl) -> bool:
    now = time.time()
    living = {lease.worker for lease in keys.decode_leases(control.attributes()) if lives(lease, now)}
    return not any(_stands(to_row(t), living) for t in study.get_trials(deepcopy=False) if is_baseline(t))


def _stands(trial: TrialRow, living: Collection[str]) -> bool:
    """Whether this run of the baseline is to be had or was: one that was cut short is to be made good."""
    if trial.state is TrialState.RUNNING:
        return not trial.worker or trial.worker in living
    return trial.state is TrialState.WAITING or trial.counted
