"""Orders, carried out: checked against the study as it was last seen, written into it, recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.order import Order, WrittenOrder
from hpt_tui.domain.orders.validation import Validate
from hpt_tui.domain.orders.workers import AddWorker, RemoveWorker, check_room
from hpt_tui.domain.steering import check_open
from hpt_tui.session.foreman import Foreman

if TYPE_CHECKING:
    from hpt_tui.store.control import StudyControl


def carry_out(order: Order, frame: Frame, control: StudyControl, foreman: Foreman, now: float) -> str:
    """Do what ``order`` says to the study of ``frame``, and record it there; what to say of it.

    Raises:
        OrderRefusedError: it makes no sense for the study as it is; nothing was written.
        StorageLostError: the storage does not answer.
    """
    match order:
        case Validate():
            foreman.check_seed(order)
            return write(order, frame, control, now)
        case WrittenOrder():
            return write(order, frame, control, now)
        case AddWorker():
            check_room(frame.study)
            event = foreman.add(control, frame.study, now)
        case RemoveWorker(worker=worker):
            event = foreman.remove(control, frame.study, worker, now)
        case _:
            raise TypeError(f"{type(order).__name__} is no order that can be carried out")
    control.record(event)
    return order.said(event)


def write(order: WrittenOrder, frame: Frame, control: StudyControl, now: float) -> str:
    """:func:`carry_out`, for an order that needs nobody to keep workers here."""
    check_open(frame.study, order)
    event = order.foreseen(frame, now)
    order.write(control, frame, now)
    control.record(event)
    return order.said(event)
