"""The curves of a trial from wherever they come: what it told the study, then what stands in its own logs."""

from __future__ import annotations

from hpt_tui.domain.trial import Curve
from hpt_tui.store.points import Points, to_curves
from hpt_tui.store.record import StudyRecord
from hpt_tui.store.run_logs import RunLogs, study_logs


class LogCurves:
    """Adds the curves of TensorBoard and CSV logs to a trial's own ones, which win where a name is the same."""

    def __init__(self, attached: str = "") -> None:
        """``attached``: where the logs are, as ``attach --logs`` says it; empty: where the study says."""
        self._attached = attached
        self._record: StudyRecord | None = None
        self._logs: RunLogs = study_logs(None, attached)
        self._made: dict[int, tuple[tuple[Curve, ...], Points, tuple[Curve, ...]]] = {}

    @property
    def problem(self) -> str:
        """Something that keeps logs from being shown, in words (hostile ones); empty where nothing does."""
        return self._logs.problem

    def follow(self, record: StudyRecord | None) -> None:
        """Look where the study's record says, which may change when its file is run again."""
        if record != self._record:
            self._record, self._logs = record, study_logs(record, self._attached)

    def beside(self, number: int, own: tuple[Curve, ...], log_dir: str) -> tuple[Curve, ...]:
        """The curves ``own`` of a trial with those of its logs, which may be in ``log_dir``; the very same tuple
        as long as nothing has changed."""
        points = self._logs.points(number, log_dir)
        if not points:
            self._made.pop(number, None)
            return own
        before = self._made.get(number)
        if before is not None and before[0] is own and before[1] is points:
            return before[2]
        names = {curve.metric for curve in own}
        logged = to_curves(number, {name: steps for name, steps in points.items() if name not in names})
        self._made[number] = own, points, own + logged
        return own + logged

    def keep(self, numbers: frozenset[int]) -> None:
        """Forget the curves of all other trials."""
        self._made = {number: made for number, made in self._made.items() if number in numbers}
