"""What a study file says about its study, in a form that crosses a process boundary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from hpt_tui.domain.space import ParamValue

UNDECLARED_METRIC = "value"


@dataclass(frozen=True, slots=True)
class Description:
    """A study file, described by a process that imported it for one that must not."""

    name: str
    """The declared name of the study, else the file's own."""
    file: str
    """The file's absolute path, with ``:objective`` where the user named one."""
    objective: str
    """The name of the objective in the file."""
    metric: str = UNDECLARED_METRIC
    direction: str = ""
    """``minimize`` or ``maximize``, with several objectives one each with commas between them; empty where nobody
    says."""
    space: Mapping[str, str] = field(default_factory=dict)
    """Parameter -> Optuna's JSON of its distribution; empty for an undeclared study."""
    baseline: Mapping[str, ParamValue] = field(default_factory=dict)
    steps: int | None = None
    logs: str = ""
    """Where a trial keeps its own logs, relative to the file; empty where the file doesn't say."""
    strategy: str = ""
    """How it wants to be searched; empty where the file doesn't say, as the next one."""
    pruner: str = ""
    seed: int | None = None
    points: Mapping[str, Sequence[ParamValue]] = field(default_factory=dict)
    """Parameter -> the values that a grid goes through, where the file lists them."""
    retries: int | None = None
    """How often a lost trial is tried once more; None where the file doesn't say."""
    plan: str = ""
    """The plan of phases that it wants; empty where the file doesn't say."""
    declared: bool = False
    """Whether the file holds a StudySpec."""
    ensemble: bool = False
    """Whether it has a function that scores an ensemble."""

    def to_json(self) -> str:
        """One line that :meth:`from_json` reads back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Description:
        """Read what :meth:`to_json` wrote.

        Raises:
            ValueError: it is something else.
        """
        value = json.loads(text)
        if not isinstance(value, dict):
            raise ValueError(f"not a description: {text[:80]!r}")
        try:
            return cls(**value)
        except TypeError as error:
            raise ValueError(f"not a description: {error}") from error
