"""Whether anybody would hear an order to a study."""

from __future__ import annotations

from hpt_tui.domain.snapshot import StudySnapshot


def steering_problem(study: StudySnapshot) -> str:
    """Why orders to ``study`` would go unheard; empty if they are read."""
    if study.leases or study.study_file:
        return ""
    return "no hpt-tui worker has ever run this study, so nobody would read the order"
