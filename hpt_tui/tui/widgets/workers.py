"""The workers panel: who trains what, how fast, and when it was last heard of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.message import Message

from hpt_tui.domain import figures
from hpt_tui.domain.frame import EMPTY_FRAME, Frame
from hpt_tui.domain.progress import used_up
from hpt_tui.domain.worker import WorkerState, WorkerView
from hpt_tui.tui.text import clip, fit, line, wrap
from hpt_tui.tui.unread import NOTHING_READ, UNHEARD
from hpt_tui.tui.widgets.panel import Panel
from hpt_tui.tui.words import CHOSEN, WORKER_SIGNS, goes_on

PENS = {
    WorkerState.TRAINING: "run",
    WorkerState.LOST: "bad",
    WorkerState.PAUSED: "warn",
    WorkerState.LEAVING: "warn",
}
HEADS = ("", "device", "pid", "state", "trial", "step", "pace", "heard")
RIGHTS = (True, False, True, False, True, True, True, False)
LEAST = (2, 4, 5, 10, 4, 5, 6, 9)
"""Cells that a column has at least, so that what usually stands there moves nothing."""
DISPENSABLE = (2, 6, 1)
"""The columns that go first when it gets narrow: pid, pace, device."""
FRESH = 6.0
"""Seconds of silence that are none: a worker gives a sign every second or so."""


class Workers(Panel):
    """One line a worker, of this machine first; how a lost one ended follows below it."""

    DEFAULT_CSS = """
    Workers { scrollbar-gutter: auto; }
    """

    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("home", "move(-1000)", show=False),
        Binding("end", "move(1000)", show=False),
        Binding("enter", "open", show=False),
    ]

    class Chosen(Message):
        """A worker was clicked: its trial is wanted."""

        def __init__(self, trial: int) -> None:
            super().__init__()
            self.trial = trial

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._frame = EMPTY_FRAME
        self._owners: list[WorkerView | None] = []
        self._worker = ""
        self._widest = list(LEAST)

    def show(self, frame: Frame) -> None:
        self._frame = frame
        alive = sum(w.state is not WorkerState.LOST for w in frame.workers)
        self.entitle("Workers", f"{alive} alive, {frame.wanted} wanted here" if frame.workers else "")
        self.redraw()

    @property
    def selected(self) -> WorkerView | None:
        """The selected worker, the first one if none was chosen."""
        workers = self._frame.workers
        return next((w for w in workers if w.worker == self._worker), workers[0] if workers else None)

    def action_move(self, by: int) -> None:
        workers = self._frame.workers
        if self.selected is None:
            return
        chosen = workers[max(0, min(workers.index(self.selected) + by, len(workers) - 1))]
        self._worker = chosen.worker
        self.redraw()
        owned = [y for y, owner in enumerate(self._owners) if owner == chosen]
        if owned and not self.scroll_offset.y <= owned[0] <= owned[-1] < self.scroll_offset.y + self.size.height:
            self.scroll_to(y=max(0, owned[-1] - self.size.height + 1), animate=False)

    def action_open(self) -> None:
        if self.selected is not None and self.selected.trial is not None:
            self.post_message(self.Chosen(self.selected.trial))

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def lines(self) -> Sequence[Text]:
        workers = self._frame.workers
        self._owners = []
        if not workers:
            return self._nobody()
        table = [HEADS, *(self._cells(w) for w in workers)]
        widths = self._widths(table)
        drawn = [self._heads(widths)]
        self._owners = [None]
        for worker, cells in zip(workers, table[1:], strict=True):
            mine = [self._row(worker, cells, widths), *self._note(worker)]
            self._owners += [worker] * len(mine)
            if self.has_focus and worker is self.selected:
                mine[0] = Text.assemble(CHOSEN, mine[0][1:], end="", no_wrap=True)
                mine[0].truncate(self.room, pad=True)
                mine[0].stylize(self.pen("cursor"))
            drawn += mine
        if all(w.state is WorkerState.LOST for w in workers) and (how := goes_on(self._frame)):
            drawn += [line((part, self.pen("dim"))) for part in wrap(how, max(10, self.room))]
        return drawn

    def _widths(self, table: Sequence[Sequence[str]]) -> list[int]:
        """Of the columns, never less than they were; those without room are 0 wide, the least important first."""
        columns = zip(self._widest, zip(*table, strict=True), strict=True)
        self._widest = widths = [max(widest, *map(cell_len, column)) for widest, column in columns]
        widths = list(widths)
        for column in DISPENSABLE:
            if sum(w + 2 for w in widths if w) - 2 > self.room:
                widths[column] = 0
        return widths

    def _cells(self, worker: WorkerView) -> tuple[str, ...]:
        study = self._frame.study
        trial = None if worker.trial is None else study.by_number.get(worker.trial)
        done = worker.step if trial is None else trial.steps
        full = "" if study.steps is None else figures.count(study.steps)
        step = "" if worker.trial is None or done is None else f"{figures.count(done)}{full and '/'}{full}"
        self._widest[5] = max(self._widest[5], 2 * len(full) + 1)
        where = clip(worker.device, 12) if worker.here else f"{clip(worker.device, 8)}@{clip(worker.host, 12)}"
        return (
            f"{'' if worker.obeys or worker.state is WorkerState.LOST else UNHEARD}{worker.slot}",
            where,
            str(worker.pid),
            f"{WORKER_SIGNS[worker.state]} {worker.state}",
            "" if worker.trial is None else f"#{worker.trial}",
            step,
            figures.pace(worker.pace),
            self._life(worker),
        )

    @staticmethod
    def _life(worker: WorkerView) -> str:
        if worker.silent is None:
            return figures.UNKNOWN
        return "now" if worker.silent <= FRESH else f"{figures.about(worker.silent)} ago"

    def _row(self, worker: WorkerView, cells: Sequence[str], widths: Sequence[int]) -> Text:
        pens = ("text", "text", "dim", PENS.get(worker.state, "text"), "strong", "text", "text", "dim")
        text = line()
        for cell, width, pen, right in zip(cells, widths, pens, RIGHTS, strict=True):
            if width:
                text.append_text(line((fit(cell, width, right=right), self.pen(pen)), "  "))
        text.rstrip()
        text.truncate(self.room, overflow="ellipsis")
        return text

    def _heads(self, widths: Sequence[int]) -> Text:
        shown = zip(HEADS, widths, RIGHTS, strict=True)
        return line(("  ".join(fit(h, w, right=right) for h, w, right in shown if w), self.pen("head")))

    def _note(self, worker: WorkerView) -> list[Text]:
        if not worker.note:
            return []
        return [line(("   " + part, self.pen("dim"))) for part in wrap(worker.note, max(10, self.room - 4), 2)]

    def _nobody(self) -> list[Text]:
        frame, width = self._frame, max(10, self.room - 2)
        if not frame.opened:
            head, why = NOTHING_READ, ""
        elif used_up(frame.study):
            head, why = "No worker runs.", goes_on(frame)
        elif frame.access.workers_problem:
            head, why = "No worker runs.", "None can be started from here: " + frame.access.workers_problem
        elif frame.finished:
            head, why = "No worker runs.", goes_on(frame) or "Press + to start one on this machine."
        else:
            head, why = "No worker runs.", "Press + to start one on this machine."
        lines = wrap(why, width) if why else []
        return [line(("  " + head, self.pen("strong"))), *(line(("  " + part, self.pen("dim"))) for part in lines)]

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        y = -1 if offset is None else offset.y + self.scroll_offset.y
        if 0 <= y < len(self._owners) and (worker := self._owners[y]) is not None:
            self._worker = worker.worker
            self.redraw()
            self.action_open()
