"""The study as a snapshot, poll by poll, through Optuna's own storage classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, StudySnapshot
from hpt_tui.domain.space import Range
from hpt_tui.domain.trial import Curve
from hpt_tui.domain.trial_ledger import TrialLedger
from hpt_tui.errors import StorageLostError
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.connect import close_storage
from hpt_tui.store.faults import storage_faults
from hpt_tui.store.metrics import metric_reader
from hpt_tui.store.points import points_from_attributes, to_curves
from hpt_tui.store.study_facts import METRIC_NAMES, SEEN, StudyFacts
from hpt_tui.store.translate import reported_curve, to_direction, to_range, to_row


class StudyReader:
    """Polls one study. Only trials that changed since the last poll are translated again.

    A poll at which nothing changed returns the very snapshot of the one before.
    """

    behind = False

    def __init__(self, storage: BaseStorage, study_id: int, address: Address) -> None:
        self._storage, self._study_id, self._address = storage, study_id, address
        self._read_metrics = metric_reader(storage)
        with storage_faults(address.label):
            self._name = storage.get_study_name_from_id(study_id)
            self._directions = tuple(to_direction(d) for d in storage.get_study_directions(study_id))
            names = storage.get_study_system_attrs(study_id).get(METRIC_NAMES)
        self._metric_names: object = names
        self._frozen: dict[int, FrozenTrial] = {}
        self._ledger = TrialLedger(len(self._directions))
        self._curves: dict[int, tuple[Curve, ...]] = {}
        self._attributes: keys.Attributes = {}
        self._last: StudySnapshot = EMPTY_SNAPSHOT

    def poll(self, looking_at: frozenset[int] = frozenset()) -> StudySnapshot:
        """Read what changed, with the curves of the trials ``looking_at``.

        Raises:
            StorageLostError: the storage does not answer; the next poll may succeed.
        """
        path = self._address.path
        if path is not None and not path.exists():
            raise StorageLostError(self._address.label, "the file is gone", "waiting for it to come back")
        try:
            with storage_faults(self._address.label):
                attributes = self._storage.get_study_user_attrs(self._study_id)
                trials = self._storage.get_all_trials(self._study_id, deepcopy=False)
                changed = [t for t in trials if self._frozen.get(t.number) is not t]
                facts = self._facts_of(attributes)
                self._take(changed, facts.metric)
        except KeyError as error:
            raise StorageLostError(self._address.label, f"the study {self._name!r} was deleted") from error
        if changed or attributes != self._attributes or self._last is EMPTY_SNAPSHOT:
            self._attributes = facts.attributes
            seen = facts.seen_space(self._newest())
            self._last = facts.snapshot(self._ledger.photo(), dict(self._curves), seen)
        return self._last

    def close(self) -> None:
        """Give back the connections of the storage."""
        close_storage(self._storage)

    def _facts_of(self, attributes: keys.Attributes) -> StudyFacts:
        return StudyFacts(self._name, self._address.label, self._directions, self._metric_names, dict(attributes))

    def _take(self, changed: list[FrozenTrial], metric: str) -> None:
        logged = self._read_metrics(t._trial_id for t in changed)
        for trial in changed:
            points = logged.get(trial._trial_id) or points_from_attributes(trial.user_attrs)
            points.pop(metric, None)
            reported = reported_curve(trial, metric)
            curves = to_curves(trial.number, points)
            self._curves.pop(trial.number, None)
            # What stands under the id of a trial that nobody runs yet was logged by an earlier, deleted one.
            if (reported is not None or curves) and trial.state is not OptunaState.WAITING:
                self._curves[trial.number] = ((reported,) if reported else ()) + curves
            self._ledger.put(to_row(trial))
        # Last, so that a poll which fails half-way is made good by the next one.
        self._frozen.update((t.number, t) for t in changed)

    def _newest(self) -> Iterator[Mapping[str, Range]]:
        for number in sorted(self._frozen, reverse=True)[:SEEN]:
            yield {name: to_range(d) for name, d in self._frozen[number].distributions.items()}
