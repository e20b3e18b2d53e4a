"""How the bounds of a parameter were moved before: the last few lines of its journal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from hpt_tui.domain.event import Event
from hpt_tui.domain.figures import UNKNOWN
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.undo import base
from hpt_tui.tui.text import clip, line, moment
from hpt_tui.tui.widgets.panel import Panel

SHOWN = 3
"""So many moves at most; the journal (v) has them all."""


def moves(events: Sequence[Event], parameter: str) -> list[Event]:
    """Every move of a bound of ``parameter``, also back and forth again, newest first."""
    return [e for e in reversed(events) if e.subject == parameter and base(e.act) in ChangeBound.acts]


class BoundHistory(Panel, can_focus=False):
    """Who moved them when, from where to where; as high as the parameter with the longest history needs."""

    DEFAULT_CSS = """
    BoundHistory { height: auto; max-height: 4; margin-bottom: 1; overflow: hidden hidden; }
    """

    def __init__(self, frame: Frame, parameters: Sequence[str]) -> None:
        super().__init__()
        self._frame = frame
        self._moves = {name: moves(frame.study.events, name) for name in parameters}
        self._parameter = ""
        longest = max(map(len, self._moves.values()), default=0)
        self._height = 1 + min(SHOWN, longest) if longest else 0
        self.display = longest > 0

    def show(self, parameter: str) -> None:
        """Tell of this one."""
        self._parameter = parameter
        self.redraw()

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return self._height

    def lines(self) -> Sequence[Text]:
        dim, found = self.pen("dim"), self._moves.get(self._parameter, [])
        name = clip(self._parameter, 40)
        if not found:
            return [line((f"Nobody has moved a bound of {name}.", dim))]
        shown = found[: max(1, self.size.height - 1)]
        more = f", the last {len(shown)} of {len(found)} moves" if len(found) > len(shown) else ""
        return [line((f"{name} before{more}", dim)), *(line((self._told(event), dim)) for event in shown)]

    def _told(self, event: Event) -> str:
        back = event.act.partition("-")[0] + ": " if event.act != base(event.act) else ""
        why = f" (flag {event.why})" if event.why else ""
        when, change = moment(event.at, self._frame.now), f"{event.before} → {event.after}"
        return f"  {when}  {clip(event.by or UNKNOWN, 20)}  {back}{change}{why}"
