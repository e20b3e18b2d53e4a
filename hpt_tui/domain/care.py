"""What becomes of trials that did not come to an end of their own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LOST, OUT_OF_MEMORY, ERROR = "lost", "oom", "error"
"""How such a trial ended: with its worker; for want of memory, with or without its worker; in its own code."""

MOST_RETRIES = 100


class OnOom(StrEnum):
    """What is done for a trial that ran out of memory."""

    FAIL = "fail"
    RETRY_ALONE = "retry-alone"
    """It is tried once more, while no other worker trains on its GPU (or, without one, on its machine)."""
    PACK_LESS = "pack-less"
    """It is tried once more, with one worker fewer on each GPU of its machine."""


@dataclass(frozen=True, slots=True)
class Care:
    """The study's policy, followed by whoever finds the trial: a session or a worker."""

    retries: int = 0
    """How often the same configuration is tried once more at most."""
    failed: bool = False
    """Whether trials whose code failed are retried too, and not only those that were lost with their worker."""
    on_oom: OnOom = OnOom.FAIL
    declared: int | None = None
    """The retries that the study file named when it was last run."""

    def retries_it(self, how: str, tries: int, *, alone: bool = False) -> bool:
        """Whether a trial that ended so, after ``tries`` earlier ones of the same configuration, gets another;
        ``alone``: it had its GPU to itself."""
        if how == OUT_OF_MEMORY:
            return not alone and (
                self.on_oom is OnOom.RETRY_ALONE
                or (self.on_oom is OnOom.PACK_LESS and tries < max(1, self.retries))
            )
        return tries < self.retries and (how == LOST or (self.failed and how == ERROR))


@dataclass(frozen=True, slots=True)
class CareWish:
    """What whoever starts a search says of it; None: as the study has it."""

    retries: int | None = None
    failed: bool | None = None
    on_oom: OnOom | None = None

    def over(self, known: Care, declared: int | None) -> Care:
        """The policy from now on; ``declared`` is what the study file says. That counts where it says something
        else than it did: what somebody chose for a study is not undone by running it again."""
        news = declared if declared is not None and declared != known.declared else known.retries
        return Care(
            retries=news if self.retries is None else self.retries,
            failed=known.failed if self.failed is None else self.failed,
            on_oom=known.on_oom if self.on_oom is None else self.on_oom,
            declared=declared,
        )
