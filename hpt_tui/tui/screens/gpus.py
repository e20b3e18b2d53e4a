"""The machine's GPUs: how they are doing, which are used, by how many workers each. Without any, its workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from hpt_tui.domain import figures
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.machine import MOST_PER_GPU, Gpu
from hpt_tui.domain.orders.gpus import ChooseGpus, DrainGpu
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.workers import WantWorkers
from hpt_tui.domain.worker import WorkerState
from hpt_tui.tui.screens.page import BACK, Dialog
from hpt_tui.tui.text import clip, fit, line, wrap
from hpt_tui.tui.widgets.keybar import Hint, KeyBar
from hpt_tui.tui.widgets.panel import Panel
from hpt_tui.tui.words import CHOSEN, plural

MOST_CPU_WORKERS = 1024
ON, OFF = "■", "·"


class GpuDialog(Dialog[Order | None]):
    """Gives back the order that comes of it. What is chosen here is in force only with Enter; draining at once."""

    DEFAULT_CSS = """
    GpuDialog .box { width: 104; padding: 1 2 0 2; }
    GpuDialog GpuLines { height: auto; max-height: 100%; margin-bottom: 1; }
    """
    BINDINGS: ClassVar = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("space", "choose", show=False),
        Binding("plus,equals_sign", "more(1)", show=False),
        Binding("minus", "more(-1)", show=False),
        Binding("d", "drain", show=False),
        Binding("enter", "apply", show=False, priority=True),
    ]

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self._frame, self._at = frame, 0
        machine = frame.machine
        self._chosen = {gpu.uuid for gpu in machine.gpus if gpu.chosen}
        self._per_gpu = machine.packing.per_gpu
        self._workers = frame.wanted

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = Content(figures.plain(f"GPUs of {self._frame.machine.host}"))
            yield GpuLines(self)
            yield KeyBar(self._hints())

    def on_mount(self) -> None:
        self.query_one(GpuLines).focus()

    def show(self, frame: Frame) -> None:
        self._frame = frame
        self._redraw()

    def _hints(self) -> tuple[Hint, ...]:
        if not self._frame.machine.gpus:
            return Hint("enter", "apply", "apply"), Hint("+ -", "workers", "more(1)"), BACK
        choose, drain = Hint("space", "use", "choose"), Hint("d", "drain", "drain")
        return Hint("enter", "apply", "apply"), choose, Hint("+ -", "workers a GPU", "more(1)"), drain, BACK

    def _redraw(self) -> None:
        lines = self.query_one(GpuLines)
        lines.redraw()
        lines.refresh(layout=True)

    # Keys

    def action_move(self, by: int) -> None:
        self._at = max(0, min(self._at + by, len(self._frame.machine.gpus) - 1))
        self._redraw()

    def action_choose(self) -> None:
        if (gpu := self._gpu) is not None:
            self._chosen ^= {gpu.uuid}
            self._redraw()

    def action_more(self, by: int) -> None:
        """One worker more or less: a GPU, below 1 in turns; without GPUs in all."""
        if self._gpu is None:
            self._workers = max(0, min(self._workers + by, MOST_CPU_WORKERS))
        else:
            number = max(0, min((self._per_gpu or 0) + by, MOST_PER_GPU))
            self._per_gpu = number or None
        self._redraw()

    def action_drain(self) -> None:
        if (gpu := self._gpu) is not None:
            self.dismiss(DrainGpu(self._frame.machine.host, gpu.uuid, not gpu.drained))

    def action_apply(self) -> None:
        machine = self._frame.machine
        if not machine.gpus:
            self.dismiss(WantWorkers(machine.host, self._workers))
        elif self._chosen:
            gpus = tuple(gpu.uuid for gpu in machine.gpus if gpu.uuid in self._chosen)
            named = () if len(gpus) == len(machine.gpus) else gpus
            self.dismiss(ChooseGpus(machine.host, named, self._per_gpu, len(gpus) * (self._per_gpu or 1)))

    @property
    def _gpu(self) -> Gpu | None:
        """The one that the cursor is on."""
        gpus = self._frame.machine.gpus
        return gpus[min(self._at, len(gpus) - 1)] if gpus else None

    # What it says

    def lines(self, panel: Panel, width: int) -> Sequence[Text]:
        gpus = self._frame.machine.gpus
        if not gpus:
            said = "This machine has no GPU that hpt-tui could use: its workers share the cores."
            number = plural(self._workers, "worker")
            return [
                *(line((part, panel.pen("dim"))) for part in wrap(said, width)),
                line(),
                line(
                    (f"{CHOSEN} {number} ", panel.pen("strong")), (f"(now {self._frame.wanted})", panel.pen("dim"))
                ),
            ]
        there = Counter(w.device for w in self._frame.workers if w.here and w.state is not WorkerState.LOST)
        rows = [self._row(gpu, there[gpu.label], panel, width) for gpu in gpus]
        return [*rows, line(), *(line((part, panel.pen("text"))) for part in wrap(self._preview(), width))]

    def _row(self, gpu: Gpu, workers: int, panel: Panel, width: int) -> Text:
        chosen = gpu is self._gpu
        memory = f"{figures.size(gpu.used)} of {figures.size(gpu.total)}"
        busy = figures.UNKNOWN if gpu.busy is None else f"{gpu.busy} %"
        name = max(6, min(32, width - 63))
        used = gpu.uuid in self._chosen
        text = line(
            (CHOSEN if chosen else " ", panel.pen("key")),
            (f" {ON if used else OFF} ", panel.pen("good" if used else "dim")),
            (fit(gpu.label, 7), panel.pen("strong")),
            ("  " + fit(clip(gpu.name, name), name), panel.pen("text" if used else "dim")),
            ("  " + fit(memory, 16, right=True), panel.pen("text")),
            ("  " + fit(busy, 5, right=True), panel.pen("text")),
            ("  " + fit(plural(workers, "worker"), 10), panel.pen("run" if workers else "dim")),
            ("  ◂ draining" if gpu.drained else "", panel.pen("warn")),
        )
        text.truncate(width, overflow="ellipsis")
        return text

    def _preview(self) -> str:
        """What Enter would do."""
        count = len(self._chosen & {gpu.uuid for gpu in self._frame.machine.gpus})
        if not count:
            return "No GPU would be used: choose one with space, or stop the search with s."
        ends = "Workers elsewhere, and those too many on one, end after their trial."
        if self._per_gpu is None:
            return f"{plural(count, 'worker')}, one on each. Workers beyond that take turns. {ends}"
        share = "" if self._per_gpu == 1 else f"; each may take 1/{self._per_gpu} of the memory (torch)"
        return f"{plural(count * self._per_gpu, 'worker')}: {count} × {self._per_gpu}{share}. {ends}"


class GpuLines(Panel):
    """The dialog's lines, as it says them."""

    def __init__(self, dialog: GpuDialog) -> None:
        super().__init__()
        self._dialog = dialog

    def lines(self) -> Sequence[Text]:
        return self._dialog.lines(self, self.room)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return len(self._dialog.lines(self, width))
