"""Whether anybody would hear an order to a study."""

from __future__ import annotations

from hpt_tui.domain.orders.order import WrittenOrder
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.errors import OrderRefusedError


def check_open(study: StudySnapshot, order: WrittenOrder) -> None:
    """Whether ``order`` still means something in ``study``.

    Raises:
        OrderRefusedError: the search goes on in a fork of it.
    """
    if study.control.moved_to and not order.outlives_a_fork:
        raise OrderRefusedError(study.name, f"goes on in {study.control.moved_to}", "give the order there")


def steering_problem(study: StudySnapshot) -> str:
    """Why orders to ``study`` would go unheard; empty if they are read."""
    if study.leases or study.study_file:
        return ""
    return "no hpt-tui worker has ever run this study, so nobody would read the order"
