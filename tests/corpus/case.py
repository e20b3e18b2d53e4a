"""One study of the corpus, and what is right to say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hpt_tui.domain.flags.surroundings import Surroundings
from hpt_tui.domain.snapshot import StudySnapshot

Made = tuple[StudySnapshot, Surroundings | None]


@dataclass(frozen=True, slots=True)
class Case:
    """A study that is made when it is asked for; the same seed makes the same one."""

    name: str
    expected: frozenset[str]
    """The ids of the flags that have to be raised."""
    make: Callable[[], Made]
    tolerated: frozenset[str] = frozenset()
    """Flags that follow from the planted fault, or are a matter of taste: neither right nor wrong."""

    @property
    def healthy(self) -> bool:
        return not self.expected
