"""Everything that hpt-tui itself raises.

::

    HptError                      exit code 1
    ├── InputError                exit code 2: what the user gave cannot work
    │   ├── StudyFileError        the study file: missing, broken, without an objective
    │   ├── StorageError          the storage: unreachable, no database, a foreign schema, read-only
    │   └── StudyNotFoundError    the storage is fine, the study is not in it
    ├── DivergedError             a trial's loss is NaN or infinite; raised in the objective
    ├── StorageLostError          the storage was there and has gone away; the last frame stays on screen
    └── OrderRefusedError         exit code 2: an order that cannot be carried out; the study is unchanged
"""

from __future__ import annotations


class HptError(Exception):
    """An error with one line for the user: what is wrong with which thing, and what to do.

    ``subject`` may hold hostile text (a path, a study's name); whoever prints it strips control characters.
    """

    exit_code = 1

    def __init__(self, subject: str, problem: str, remedy: str = "") -> None:
        self.subject, self.problem, self.remedy = subject, problem, remedy
        super().__init__(self.line)

    @property
    def line(self) -> str:
        """``subject: problem; remedy``, on one line."""
        text = f"{self.subject}: {self.problem}" + (f"; {self.remedy}" if self.remedy else "")
        return " ".join(text.split())


class InputError(HptError):
    """What the user gave cannot work. Nothing was changed on disk."""

    exit_code = 2


class StudyFileError(InputError):
    """The study file cannot be run."""


class StorageError(InputError):
    """The storage cannot be opened as an Optuna storage."""


class StudyNotFoundError(InputError):
    """The storage holds no such study."""


class DivergedError(HptError):
    """The training of a trial has diverged: with the same parameters it would again, and so it is not retried."""

    def __init__(self, step: int, loss: float) -> None:
        self.step, self.loss = step, loss
        super().__init__(
            "training", f"the loss is {loss} at step {step}", "lower the learning rate or clip the gradients"
        )


class StorageLostError(HptError):
    """The storage answered before and does not now."""


class OrderRefusedError(HptError):
    """The order makes no sense for this study as it is now. Nothing was written."""

    exit_code = 2
