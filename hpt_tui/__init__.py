"""hpt-tui: the terminal cockpit for hyperparameter search.

A study file needs few names from here: :class:`StudySpec` to declare a study, :func:`log` to record any number
of curves, :func:`checkpoint_dir` and :func:`next_step` to go on with a trial that was lost, :func:`trial_seed` and
:class:`Member` for the final validation; what PyTorch training usually needs beside them is in
:mod:`hpt_tui.training`. Importing this package loads neither Optuna nor torch nor Textual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpt_tui.study_file import Member, StudySpec, checkpoint_dir, log, next_step, trial_seed

__all__ = ["Member", "StudySpec", "__version__", "checkpoint_dir", "log", "next_step", "trial_seed"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """The names, imported when a study file asks for them: the command line starts without them."""
    if name in __all__:
        from hpt_tui import study_file

        return getattr(study_file, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
