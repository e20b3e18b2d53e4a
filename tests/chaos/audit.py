"""What must hold of a study, whatever befell its search: photographs of finished trials, and the last account."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from hpt_tui.domain.event import Event
from hpt_tui.store import keys
from hpt_tui.store.address import Address
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.liveness import lives
from tests.chaos.search import EPOCHS, NAME

_LOST = re.compile(r"#(\d+)")


@dataclass(frozen=True)
class Finding:
    """One thing that must hold, and the evidence."""

    what: str
    counted: str
    problems: Sequence[str] = ()


@dataclass
class Album:
    """Photographs of trials as they were when they were first seen finished, taken by Optuna's own means."""

    address: Address
    pictures: dict[int, tuple[object, ...]] = field(default_factory=dict)
    taken: int = 0
    changed: list[str] = field(default_factory=list)

    def take(self) -> None:
        """Photograph every finished trial, and compare those that were before.

        Raises:
            StorageError, StorageLostError and what Optuna raises: the storage is away.
        """
        trials, _ = look(self.address)
        self.taken += 1
        now = {trial.number: _picture(trial) for trial in trials if trial.state.is_finished()}
        for number, picture in self.pictures.items():
            if number not in now:
                self.changed.append(f"#{number} was finished and is gone, or goes on")
            elif now[number] != picture:
                self.changed.append(f"#{number} was {picture} and is {now[number]}")
        self.pictures |= now


def look(address: Address) -> tuple[list[FrozenTrial], keys.Attributes]:
    """The trials and the attributes of the study, read anew; none while there is no study yet."""
    storage: BaseStorage = open_storage(address, writable=False)
    try:
        study_id = storage.get_study_id_from_name(NAME)
        return storage.get_all_trials(study_id), storage.get_study_user_attrs(study_id)
    except KeyError:
        return [], {}
    finally:
        close_storage(storage)


def counted(trials: Iterable[FrozenTrial]) -> int:
    """How many of them use up the budget: all that ended of their own, or as a user wished."""
    return sum(t.state.is_finished() and how(t) not in ("interrupted", "lost") for t in trials)


def how(trial: FrozenTrial) -> str:
    end = trial.user_attrs.get(keys.TRIAL_END)
    return str(end.get("how", "")) if isinstance(end, dict) else ""


def abandoned(trials: Iterable[FrozenTrial], attributes: keys.Attributes, now: float) -> list[str]:
    """RUNNING rows that no living worker stands behind."""
    living = {lease.worker for lease in keys.decode_leases(attributes) if lives(lease, now)}
    rows = [t for t in trials if t.state is TrialState.RUNNING]
    return [f"#{t.number}" for t in rows if t.user_attrs.get(keys.TRIAL_WORKER) not in living]


def of_trials(trials: Sequence[FrozenTrial]) -> list[Finding]:
    """Numbers without a gap, whole curves, and no end that nobody ordered."""
    numbers = [t.number for t in trials]
    gaps = [] if sorted(numbers) == list(range(len(trials))) else [f"numbers are {sorted(numbers)}"]
    complete = [t for t in trials if t.state is TrialState.COMPLETE]
    torn = [
        f"#{t.number} has steps {sorted(t.intermediate_values)}"
        for t in complete
        if sorted(t.intermediate_values) != list(range(EPOCHS))
        or not math.isclose(t.values[0], max(t.intermediate_values.values()))
    ]
    failed = [t for t in trials if t.state is TrialState.FAIL]
    unexplained = [
        f"#{t.number} failed: {t.user_attrs.get(keys.TRIAL_END)}"
        for t in failed
        if how(t) not in ("interrupted", "lost")
    ]
    first = [t.number for t in trials if t.user_attrs.get(keys.TRIAL_BASELINE) and counted([t])]
    twice = [] if len(first) <= 1 else [f"it did so in the trials {first}"]
    return [
        Finding("the baseline came to its end no more than once", str(len(first)), twice),
        Finding("trials are numbered without a gap", f"{len(trials)}", gaps),
        Finding("complete trials have their whole curve", f"{len(complete)}", torn),
        Finding("failed trials were interrupted or lost", f"{len(failed)}", unexplained),
    ]


def of_events(trials: Sequence[FrozenTrial], events: Sequence[Event], sent: Sequence[Event]) -> list[Finding]:
    """Every order once, every lost trial once."""
    journal = Counter(events)
    missed = [f"{e.sentence} of {e.at} is there {journal[e]} times" for e in sent if journal[e] != 1]
    lost = {t.number for t in trials if how(t) == "lost"}
    told = Counter(int(n) for e in events if e.act == "worker-lost" for n in _LOST.findall(e.after))
    silent = [f"#{n} was lost, and that is recorded {told[n]} times" for n in sorted(lost) if told[n] != 1]
    silent += [f"#{n} is recorded as lost and is not" for n in sorted(set(told) - lost)]
    return [
        Finding("orders stand in the journal exactly once", f"{len(sent)}", missed),
        Finding("lost trials stand in the journal exactly once", f"{len(lost)}", silent),
    ]


def write_down(trials: Iterable[FrozenTrial], attributes: keys.Attributes, file: Path) -> None:
    """All that is known, for whoever looks for the cause of a problem."""
    lines = [repr(trial) for trial in trials]
    lines += [f"{name} {value}" for name, value in sorted(attributes.items())]
    file.write_text("\n".join(lines) + "\n")


def _picture(trial: FrozenTrial) -> tuple[object, ...]:
    steps = tuple(sorted(trial.intermediate_values.items()))
    params = tuple(sorted(trial.params.items()))
    ours = tuple(str(trial.user_attrs.get(key)) for key in (keys.TRIAL_WORKER, keys.TRIAL_END))
    values = None if trial.values is None else tuple(trial.values)
    return trial.state.name, values, params, steps, ours, trial.datetime_start, trial.datetime_complete
