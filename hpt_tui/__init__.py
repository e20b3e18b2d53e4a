"""hpt-tui: the terminal cockpit for hyperparameter search.

A study file needs only two names from here: :class:`StudySpec` to declare a study, and :func:`log` to
record any number of curves. Importing this package loads neither Optuna nor torch nor Textual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpt_tui.study_file import StudySpec, log

__all__ = ["StudySpec", "__version__", "log"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """The two names, imported when a study file asks for them: the command line starts without them."""
    if name in ("StudySpec", "log"):
        from hpt_tui import study_file

        return getattr(study_file, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
