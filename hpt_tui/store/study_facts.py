"""What the attributes of a study say, put together with its trials to a snapshot: the same over every storage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from hpt_tui.domain.event import Event
from hpt_tui.domain.provenance import WorkerRun
from hpt_tui.domain.snapshot import Control, Outline, StudySnapshot
from hpt_tui.domain.space import Bound, Choices, Range
from hpt_tui.domain.trial import Curve, Direction
from hpt_tui.domain.trials import Trials
from hpt_tui.domain.worker import Lease
from hpt_tui.store import keys
from hpt_tui.store.bound_documents import code_bounds
from hpt_tui.store.distribution_json import range_from_json
from hpt_tui.store.ensemble_document import decode_ensemble
from hpt_tui.store.record import StudyRecord, decode_record
from hpt_tui.store.run_documents import decode_runs
from hpt_tui.store.step_documents import decode_step_budget, kept_steps

METRIC_NAMES = "study:metric_names"
"""Optuna's own system attribute."""

SEEN = 50
"""The newest trials whose ranges stand for the code's space where no study file declares it."""


@dataclass(frozen=True, eq=False)
class StudyFacts:
    """A study without its trials: ``attributes`` are its user attributes, ``metric_names`` what Optuna keeps.

    What they say is worked out once: make another one when they have changed."""

    name: str
    label: str
    directions: tuple[Direction, ...]
    metric_names: object
    attributes: keys.Attributes

    @cached_property
    def record(self) -> StudyRecord | None:
        return decode_record(self.attributes.get(keys.SPEC))

    @cached_property
    def metric(self) -> str:
        """What the (first) objective value is called."""
        if isinstance(self.metric_names, list) and self.metric_names and self.metric_names[0]:
            return str(self.metric_names[0])
        record = self.record
        return record.metric if record is not None else "value"

    def seen_space(self, newest_first: Iterable[Mapping[str, Range]]) -> Mapping[str, Range]:
        """The code's space as trials show it: what the newest ones were drawn from, with the code's own bounds
        put back where steering has changed them."""
        found: dict[str, Range] = {}
        for ranges in newest_first:
            for name, range_ in ranges.items():
                if name not in found:
                    code = code_bounds(self.attributes, keys.BOUNDS, name) or self._code_of_phases.get(name)
                    found[name] = _undo(range_, code)
        return dict(sorted(found.items()))

    def snapshot(
        self,
        trials: Trials,
        curves: Mapping[int, tuple[Curve, ...]],
        seen: Mapping[str, Range],
        outline: Outline | None = None,
        notes: Mapping[int, str] | None = None,
    ) -> StudySnapshot:
        """``notes`` by trial number."""
        record = self.record
        return StudySnapshot(
            name=self.name,
            storage=self.label,
            directions=self.directions,
            metric=self.metric,
            trials=trials,
            outline=outline,
            curves=curves,
            declared=self._declared(self.spec or seen),
            from_file=bool(self.spec),
            control=self._control,
            leases=self._leases,
            events=self._events,
            notes=notes or {},
            runs=self._runs,
            budget=keys.decode_budget(self.attributes),
            step_budget=decode_step_budget(self.attributes),
            kept_steps=kept_steps(self.attributes),
            steps=record.steps if record else None,
            method=record.method if record else None,
            default=record.baseline if record else {},
            points=record.points if record else {},
            study_file=record.file if record else "",
            study_host=record.host if record else "",
            ensemble=decode_ensemble(self.attributes),
            predecessor=parent.study if (parent := keys.decode_kin(self.attributes, keys.PARENT)) else "",
            successor=child.study if (child := keys.decode_kin(self.attributes, keys.CHILD)) else "",
        )

    def _declared(self, code: Mapping[str, Range]) -> Mapping[str, Range]:
        """What the code declares, with what a fork has put in its place."""
        return {**code, **{name: r for name, r in self._control.redeclared.items() if name in code}}

    @cached_property
    def spec(self) -> Mapping[str, Range]:
        """The space that the study file declared; empty where none did."""
        space = self.record.space if self.record is not None else {}
        return {name: found for name, text in space.items() if (found := range_from_json(text)) is not None}

    @property
    def starred(self) -> frozenset[int]:
        """The numbers of the trials that somebody gave a star."""
        return self._control.starred

    @cached_property
    def _control(self) -> Control:
        return keys.decode_control(self.attributes)

    @cached_property
    def _code_of_phases(self) -> Mapping[str, tuple[float, float]]:
        """The code's bounds of the parameters that a plan of phases has narrowed."""
        begun = plan.begun if (plan := self._control.plan) is not None else ()
        return {name: narrowed.code for phase in begun for name, narrowed in phase.bounds.items()}

    @cached_property
    def _leases(self) -> tuple[Lease, ...]:
        return keys.decode_leases(self.attributes)

    @cached_property
    def _runs(self) -> Mapping[str, WorkerRun]:
        return decode_runs(self.attributes)

    @cached_property
    def _events(self) -> tuple[Event, ...]:
        return keys.decode_events(self.attributes)


def _undo(range_: Range, code: tuple[float, float] | None) -> Range:
    if code is None or isinstance(range_, Choices):
        return range_
    return Bound(*code).over(range_)
