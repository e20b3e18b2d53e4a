"""hpt-tui: the terminal cockpit for hyperparameter search.

A study file needs only two names from here: :class:`StudySpec` to declare a study, and :func:`log` to
record any number of curves. Importing this package loads neither Optuna nor torch nor Textual.
"""

from __future__ import annotations

from hpt_tui.study_file import StudySpec, log

__all__ = ["StudySpec", "__version__", "log"]

__version__ = "0.1.0"
