"""The study as a snapshot, poll by poll, through Optuna's own storage classes."""

from __future__ import annotations

from collections.abc import Mapping

from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, StudySnapshot
from hpt_tui.domain.space import Bound, Choices, Range
from hpt_tui.domain.trial import Curve
from hpt_tui.domain.trial_ledger import TrialLedger
from hpt_tui.errors import StorageLostError
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.faults import storage_faults
from hpt_tui.store.metrics import metric_reader, points_from_attributes, to_curves
from hpt_tui.store.translate import range_from_json, reported_curve, to_direction, to_range, to_row

_METRIC_NAMES = "study:metric_names"


class StudyReader:
    """Polls one study. Only trials that changed since the last poll are translated again.

    A poll at which nothing changed returns the very snapshot of the one before.
    """

    def __init__(self, storage: BaseStorage, study_id: int, address: Address) -> None:
        self._storage, self._study_id, self._address = storage, study_id, address
        self._read_metrics = metric_reader(storage)
        with storage_faults(address.label):
            self._name = storage.get_study_name_from_id(study_id)
            self._directions = tuple(to_direction(d) for d in storage.get_study_directions(study_id))
            names = storage.get_study_system_attrs(study_id).get(_METRIC_NAMES)
        self._metric_name = str(names[0]) if isinstance(names, list) and names else ""
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
                record = keys.decode_record(attributes.get(keys.SPEC))
                self._take(changed, self._metric(record))
        except KeyError as error:
            raise StorageLostError(self._address.label, f"the study {self._name!r} was deleted") from error
        if changed or attributes != self._attributes or self._last is EMPTY_SNAPSHOT:
            self._attributes = dict(attributes)
            self._last = self._snapshot(attributes, record)
        return self._last

    def _metric(self, record: keys.StudyRecord | None) -> str:
        return self._metric_name or (record.metric if record else "value")

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

    def _snapshot(self, attributes: keys.Attributes, record: keys.StudyRecord | None) -> StudySnapshot:
        spec = _spec(record)
        return StudySnapshot(
            name=self._name,
            storage=self._address.label,
            directions=self._directions,
            metric=self._metric(record),
            trials=self._ledger.photo(),
            curves=dict(self._curves),
            declared=spec or self._seen(attributes),
            from_file=bool(spec),
            control=keys.decode_control(attributes),
            leases=keys.decode_leases(attributes),
            events=keys.decode_events(attributes),
            budget=keys.decode_budget(attributes),
            steps=record.steps if record else None,
            study_file=record.file if record else "",
            study_host=record.host if record else "",
        )

    def _seen(self, attributes: keys.Attributes) -> Mapping[str, Range]:
        """The code's space where no file declares it: what the newest trials were drawn from, with the code's
        own bounds put back where steering has changed them."""
        found: dict[str, Range] = {}
        for number in sorted(self._frozen, reverse=True)[:50]:
            for name, distribution in self._frozen[number].distributions.items():
                if name not in found:
                    found[name] = _undo(to_range(distribution), keys.code_bounds(attributes, name))
        return dict(sorted(found.items()))


def _spec(record: keys.StudyRecord | None) -> Mapping[str, Range]:
    """The space that the study file declared."""
    space = record.space if record is not None else {}
    return {name: found for name, text in space.items() if (found := range_from_json(text)) is not None}


def _undo(range_: Range, code: tuple[float, float] | None) -> Range:
    if code is None or isinstance(range_, Choices):
        return range_
    return Bound(*code).over(range_)
