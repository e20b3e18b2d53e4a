"""What becomes of trials that did not come to an end of their own."""

from __future__ import annotations

from dataclasses import dataclass

LOST, OUT_OF_MEMORY, ERROR = "lost", "oom", "error"
"""How such a trial ended: with its worker; for want of memory, with or without its worker; in its own code."""

MOST_RETRIES = 100


@dataclass(frozen=True, slots=True)
class Care:
    """The study's policy, followed by whoever finds the trial: a session or a worker."""

    retries: int = 0
    """How often the same configuration is tried once more at most."""
    failed: bool = False
    """Whether trials whose code failed are retried too, and not only those that were lost with their worker."""
    declared: int | None = None
    """The retries that the study file named when it was last run."""

    def retries_it(self, how: str, tries: int) -> bool:
        """Whether a trial that ended so, after ``tries`` earlier ones of the same configuration, gets another."""
        return tries < self.retries and (how == LOST or (self.failed and how == ERROR))


@dataclass(frozen=True, slots=True)
class CareWish:
    """What whoever starts a search says of it; None: as the study has it."""

    retries: int | None = None
    failed: bool | None = None

    def over(self, known: Care, declared: int | None) -> Care:
        """The policy from now on; ``declared`` is what the study file says. That counts where it says something
        else than it did: what somebody chose for a study is not undone by running it again."""
        news = declared if declared is not None and declared != known.declared else known.retries
        return Care(
            retries=news if self.retries is None else self.retries,
            failed=known.failed if self.failed is None else self.failed,
            declared=declared,
        )
