"""The alerts: red flags as sentences, with the key that helps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.message import Message

from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.frame import EMPTY_FRAME, Frame
from hpt_tui.tui.pace import TRIES
from hpt_tui.tui.text import clip, line, spread, time_of_day, wrap
from hpt_tui.tui.unread import NOTHING_READ
from hpt_tui.tui.widgets.panel import Panel
from hpt_tui.tui.words import CHOSEN, SEVERITY_PENS, SEVERITY_SIGNS, plural, remedy

WATCHED = (
    "parameters at their bounds or without effect, loss spikes and NaN, failures, over-pruning, repeats, results "
    "all alike, fit, the baseline, hung and lost trials."
)


class Alerts(Panel):
    """Lists the flags, worst first. The selection stays with its flag from frame to frame."""

    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("home", "move(-1000)", show=False),
        Binding("end", "move(1000)", show=False),
        Binding("enter", "open", show=False),
    ]

    class Opened(Message):
        """A flag is to be shown in detail."""

        def __init__(self, flag: Flag) -> None:
            super().__init__()
            self.flag = flag

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._frame = EMPTY_FRAME
        self._chosen: tuple[str, tuple[str, ...]] | None = None
        self._owners: list[int | None] = []

    def show(self, frame: Frame) -> None:
        self._frame = frame
        count, muted = len(frame.flags), len(frame.vigil.muted)
        told = (plural(count, "alert") if count else "", f"{muted} muted" if muted else "")
        self.entitle("Alerts", ", ".join(text for text in told if text))
        self.redraw()

    @property
    def _listed(self) -> tuple[Flag, ...]:
        """The flags that can be selected, the muted ones last."""
        return (*self._frame.flags, *self._frame.vigil.muted)

    @property
    def selected(self) -> Flag | None:
        """The selected flag, the worst one if none was chosen."""
        flags = self._listed
        return next((f for f in flags if f.key == self._chosen), flags[0] if flags else None)

    def action_move(self, by: int) -> None:
        flags = self._listed
        if self.selected is None:
            return
        at = max(0, min(flags.index(self.selected) + by, len(flags) - 1))
        self._chosen = flags[at].key
        self.redraw()
        owned = [y for y, owner in enumerate(self._owners) if owner == at]
        if owned and not self.scroll_offset.y <= owned[0] <= owned[-1] < self.scroll_offset.y + self.size.height:
            self.scroll_to(y=max(0, owned[-1] - self.size.height + 1), animate=False)

    def action_open(self) -> None:
        if self.selected is not None:
            self.post_message(self.Opened(self.selected))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        y = -1 if offset is None else offset.y + self.scroll_offset.y
        if 0 <= y < len(self._owners) and (owner := self._owners[y]) is not None:
            self._chosen = self._listed[owner].key
            self.redraw()
            self.action_open()

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def lines(self) -> Sequence[Text]:
        drawn: list[tuple[Text, int | None]] = [(text, None) for text in self._trouble()]
        for at, flag in enumerate(self._frame.flags):
            drawn += [(text, at) for text in self._flag(flag)]
        if not drawn:
            drawn = [(text, None) for text in self._calm()]
        for at, flag in enumerate(self._frame.vigil.muted, len(self._frame.flags)):
            drawn.append((self._muted(flag), at))
        drawn += [(text, None) for text in self._cleared()]
        self._owners = [owner for _, owner in drawn]
        return [text for text, _ in drawn]

    def _trouble(self) -> list[Text]:
        if self._frame.stale_since is None:
            return []
        bad, parts = self.pen("bad"), wrap(self._silence(), max(10, self.room - 3))
        return [
            line((" ✖ " if not i else "   ", bad), (part, bad if not i else self.pen("text")))
            for i, part in enumerate(parts)
        ]

    def _silence(self) -> str:
        """What is wrong with the storage, and what is being tried."""
        since = time_of_day(self._frame.stale_since)
        trouble = f": {self._frame.trouble}" if self._frame.trouble else ""
        tried = f"Tried again every {TRIES[-1]:.0f} s or sooner, and at any key."
        return f"storage  No answer since {since}{trouble}. {tried}"

    def _flag(self, flag: Flag) -> list[Text]:
        """Sign, sentence and remedy; the sentence goes on below itself."""
        sign, pen = SEVERITY_SIGNS[flag.severity], self.pen(SEVERITY_PENS[flag.severity])
        chosen = self.has_focus and flag is self.selected
        help_ = remedy(flag)
        width = max(10, self.room - 3)
        parts = wrap(f"{flag.id}  {flag.summary}", width, 4)
        mark = CHOSEN if chosen else " "
        lines = [
            line(
                (mark if not i else " ", self.pen("key")),
                (sign + " " if not i else "  ", pen),
                (part, self.pen("text")),
            )
            for i, part in enumerate(parts)
        ]
        key, _, what = help_.partition(" ")
        hint = line((key, self.pen("key")), " ", (what, self.pen("text")))
        if lines[-1].cell_len + hint.cell_len + 3 <= self.room:
            lines[-1] = spread(lines[-1], hint, self.room)
        else:
            lines.append(spread(line(), hint, self.room))
        lines[0].stylize(pen, 3, 3 + len(flag.id))
        for text in lines if chosen else ():
            text.truncate(self.room, pad=True)
            text.stylize(self.pen("cursor"))
        return lines

    def _muted(self, flag: Flag) -> Text:
        chosen, dim = self.has_focus and flag is self.selected, self.pen("dim")
        mark = (CHOSEN if chosen else " ", self.pen("key"))
        text = line(mark, (f"– {flag.id}  muted: {flag.summary}", dim))
        text.truncate(self.room, overflow="ellipsis", pad=chosen)
        if chosen:
            text.stylize(self.pen("cursor"))
        return text

    def _cleared(self) -> list[Text]:
        """The last ones that went, a line each."""
        drawn = []
        for gone in self._frame.vigil.cleared:
            text = line(
                (f" ✓ {gone.flag.id}  gone at {time_of_day(gone.until)}: {gone.flag.summary}", self.pen("dim"))
            )
            text.truncate(self.room, overflow="ellipsis")
            drawn.append(text)
        return drawn

    def _calm(self) -> list[Text]:
        frame, dim = self._frame, self.pen("dim")
        width = max(10, self.room - 2)
        if not frame.opened:
            return [line(("  " + NOTHING_READ, dim))]
        # Below it most rules have nothing to judge yet.
        count, enough = len(frame.study.complete), frame.limits.flags.edge_trials
        if (outline := frame.study.outline) is not None:
            head = line(("· not judged yet", self.pen("strong")))
            why = f"Nothing is before all {plural(outline.total, 'trial')} have been read. Watched: {WATCHED}"
        elif count < enough:
            head = line(("· too early to tell", self.pen("strong")))
            why = f"{plural(count, 'complete trial')} so far; most rules need {enough}. Watched: {WATCHED}"
        else:
            head = line(("✓ nothing wrong so far", self.pen("good")))
            why = f"Watched: {WATCHED}"
        return [head, *(line(("  " + part, dim)) for part in wrap(why, width))]


class AlertLine(Alerts, can_focus=False):
    """The worst alert on one line, for small terminals."""

    def lines(self) -> Sequence[Text]:
        width, flag = self.room, self.selected
        if self._frame.stale_since is not None or flag is None or flag in self._frame.vigil.muted:
            self._owners = [None]
            if self._frame.stale_since is not None:
                # Since when, the headline says.
                return (line((clip("✖ " + (self._frame.trouble or self._silence()), width), self.pen("bad"))),)
            first, *rest = self._calm()
            more = line(("  " + rest[0].plain.strip(), self.pen("dim"))) if rest else line()
            text = Text.assemble(first, more, end="", no_wrap=True)
            text.truncate(width, overflow="ellipsis")
            return (text,)
        self._owners = [0]
        others = max(0, len(self._frame.flags) - 1)
        key, _, what = remedy(flag).partition(" ")
        hint = line(f"+{others} more  " if others else "", (key, self.pen("key")), " ", what)
        pen = self.pen(SEVERITY_PENS[flag.severity])
        room = max(8, width - hint.cell_len - 2)
        text = line((SEVERITY_SIGNS[flag.severity] + " ", pen), (flag.id, pen), "  ", flag.summary)
        text.truncate(room, overflow="ellipsis")
        return (spread(text, hint, width),)

    def entitle(self, title: str, subtitle: str = "") -> None:
        """One line has no border."""
