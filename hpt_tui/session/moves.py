"""When the running trials were last seen to move: no storage keeps the time of a report."""

from __future__ import annotations

from hpt_tui.domain.flags.surroundings import Surroundings
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.worker import WorkerView


class Moves:
    """Watches one study from look to look."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._steps: dict[int, int] = {}
        self._moved: dict[int, float] = {}

    def seen(
        self,
        study: StudySnapshot,
        workers: tuple[WorkerView, ...],
        now: float,
        others: tuple[StudySnapshot, ...] = (),
    ) -> Surroundings:
        """What is known of the study's surroundings with this look, at ``now`` (epoch seconds)."""
        if study.outline is not None:
            return Surroundings(now, workers, others=others)
        c, places = study.trials.columns, study.running.places
        steps = dict(zip(c.numbers[places].tolist(), c.steps[places].tolist(), strict=True))
        if self._since is not None:
            # One that is new began while somebody was looking.
            self._moved.update({n: now for n, count in steps.items() if count > self._steps.get(n, -1)})
        self._moved = {n: at for n, at in self._moved.items() if n in steps}
        self._steps = steps
        since, self._since = self._since, now if self._since is None else self._since
        return Surroundings(now, workers, since, dict(self._moved), others)
