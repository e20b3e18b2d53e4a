"""Which stop rules a search is watched by, and what each does when it fires."""

from __future__ import annotations

from dataclasses import dataclass

from hpt_tui.domain.durations import seconds
from hpt_tui.domain.stopping import NO_BUDGET, RULE_IDS, Action, Budget


@dataclass(frozen=True, slots=True)
class StopWhen:
    """Which rules a search is watched by, and what they do."""

    actions: tuple[tuple[str, Action], ...] = ()
    """Ids of :data:`RULE_IDS`, each once."""
    budget: Budget = NO_BUDGET

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(id_ for id_, _ in self.actions)

    @property
    def ends(self) -> frozenset[str]:
        """Those that stop the study."""
        return frozenset(id_ for id_, action in self.actions if action is Action.STOP)


LONGEST = 1e11
"""The largest limit: as seconds some three thousand years."""
_LIMITED = {"trials": "trials", "time": "seconds", "gpu-hours": "gpu_hours", "steps": "steps"}
OWN = ("trials", "steps")
"""Those of which the study has a limit of its own, where none is given."""
"""Rule -> what it limits of a :class:`Budget`."""


def parse_stop_when(text: str) -> StopWhen:
    """``same-best``, ``no-improvement:warn``, ``time=40h``, ``gpu-hours=80,trials=200:warn`` …: rules, separated
    by commas, the budgets with their limit; each stops the study unless it says ``warn``.

    Raises:
        ValueError: with what is wrong, as a sentence without a subject.
    """
    actions: dict[str, Action] = {}
    limits: dict[str, float] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        rule, _, action = part.partition(":")
        id_, equals, limit = rule.partition("=")
        if id_ not in RULE_IDS:
            raise ValueError(f"there is no stop rule {id_!r}; there are {', '.join(RULE_IDS)}")
        if action not in ("", *Action):
            raise ValueError(f"{id_} can warn or stop, not {action!r}")
        if equals and id_ not in _LIMITED:
            raise ValueError(f"{id_} takes no limit; see hpt-tui thresholds")
        if id_ in _LIMITED and (equals or id_ not in OWN):
            limits[_LIMITED[id_]] = _limit(id_, limit)
        actions[id_] = Action(action or Action.STOP)
    if not actions:
        raise ValueError("names no stop rule")
    counts = {name: int(limits.pop(name)) for name in OWN if name in limits}
    budget = Budget(counts.get("trials"), limits.get("seconds"), limits.get("gpu_hours"), counts.get("steps"))
    return StopWhen(tuple(actions.items()), budget)


def _limit(id_: str, text: str) -> float:
    example = {"time": "time=40h", "gpu-hours": "gpu-hours=80", "trials": "trials=200", "steps": "steps=5000"}[id_]
    try:
        found = seconds(text) if id_ == "time" else float(text)
    except ValueError:
        found = None
    if found is None or not 0 < found <= LONGEST or (id_ in OWN and found != int(found)):
        raise ValueError(f"{id_} needs a limit, e.g. {example}")
    return found
