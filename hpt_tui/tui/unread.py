"""What the screen says before anything has been read: by its first frame, and by the real panels after it."""

from __future__ import annotations

UNHEARD = "◌"
"""No answer yet: a study that is opened or stale, a worker that has not taken up the newest order."""
OPENING = "opening"
TITLES = {
    "trials": ("Trials ─ by value ↑", "0 of 0"),
    "curves": ("Curves ─ value, linear", ""),
    "alerts": ("Alerts", ""),
    "workers": ("Workers", ""),
}
"""Of the four panels, by id: the titles in the border, above and below, of an empty study."""
READING = "Opening …", "Reading the study. Where a study file is run, PyTorch takes a few seconds to import."
NO_CURVES = "No curves yet."
NOTHING_READ = "Nothing has been read yet."


def curves_to_come(metric: str) -> str:
    """How a study gets curves."""
    return (
        f"A trial draws its line here as it reports {metric}: trial.report(value, step). "
        "hpt_tui.log(step, train_loss=…) adds further metrics."
    )
