"""Orders about which GPUs of a machine are used, and by how many workers each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hpt_tui.domain.candidates import only_validates
from hpt_tui.domain.event import Event, Values, values
from hpt_tui.domain.machine import EVERYTHING, MOST_PER_GPU, Packing
from hpt_tui.domain.orders.order import OrderBook, Undoable
from hpt_tui.errors import OrderRefusedError

if TYPE_CHECKING:
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.snapshot import StudySnapshot


@dataclass(frozen=True, slots=True)
class ChooseGpus(Undoable):
    """Have workers on these GPUs of one machine only, and so many on each. Those elsewhere, and those too many on
    one, end after their trial; what is missing is started by the session that keeps the machine's workers."""

    host: str
    gpus: tuple[str, ...] = ()
    """Their names, as ``domain.machine.is_called`` knows them; empty: all."""
    per_gpu: int | None = None
    """1..32; None: as many as are wanted, in turns and without a share of the memory."""
    count: int | None = None
    """How many workers that is in all; None leaves the number of workers as it is."""
    acts: ClassVar = frozenset({"choose-gpus"})

    def foreseen(self, frame: Frame, now: float) -> Event:
        if self.per_gpu is not None and not 1 <= self.per_gpu <= MOST_PER_GPU:
            raise OrderRefusedError("workers a GPU", f"there can be 1 to {MOST_PER_GPU}, not {self.per_gpu}")
        before = frame.study.control.packing.get(self.host, EVERYTHING)
        after, crew = Packing(self.gpus, self.per_gpu), frame.study.control.wanted.get(self.host)
        return Event(
            *(now, "", "choose-gpus", self.host, before.words, after.words),
            was=_values(self.host, before, None if self.count is None or crew is None else crew.workers),
            became=_values(self.host, after, self.count),
        )

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.pack(self.host, self.gpus, self.per_gpu, now)
        if self.count is not None:
            book.want(self.host, self.count, now, validating=only_validates(frame.study, self.host))

    @staticmethod
    def state(event: Event, study: StudySnapshot) -> Values:
        """Which GPUs the machine (``host``) is to use, and ``workers`` if the order said how many."""
        became = dict(event.became)
        host, crew = str(became["host"]), study.control.wanted.get(str(became["host"]))
        workers = None if became["workers"] is None or crew is None else crew.workers
        return _values(host, study.control.packing.get(host, EVERYTHING), workers)

    @staticmethod
    def restoring(event: Event) -> ChooseGpus:
        was = dict(event.was)
        per_gpu, workers = was["per_gpu"], was["workers"]
        return ChooseGpus(
            str(was["host"]),
            tuple(name for name in str(was["gpus"]).split(",") if name),
            None if per_gpu is None else int(per_gpu),
            None if workers is None else int(workers),
        )

    def said(self, event: Event) -> str:
        number = "" if self.count is None else f", {self.count} in all"
        return f"workers on {event.subject}: {event.after}{number}; those elsewhere end after their trial"

    def shows(self, study: StudySnapshot) -> bool:
        packing = study.control.packing.get(self.host)
        return packing is not None and (packing.gpus, packing.per_gpu) == (self.gpus, self.per_gpu)


@dataclass(frozen=True, slots=True)
class DrainGpu(Undoable):
    """Let the workers of one GPU end after their trials, and start none there; or let some be started again."""

    host: str
    gpu: str
    """Its name, as ``domain.machine.is_called`` knows it."""
    on: bool = True
    acts: ClassVar = frozenset({"drain-gpu", "undrain-gpu"})

    def foreseen(self, frame: Frame, now: float) -> Event:
        if (self.gpu in frame.study.control.drained.get(self.host, ())) == self.on:
            problem = "is being drained already" if self.on else "is not being drained"
            raise OrderRefusedError(f"gpu {self.gpu} of {self.host}", problem)
        return Event(
            *(now, "", "drain-gpu" if self.on else "undrain-gpu", f"{self.gpu} of {self.host}"),
            was=values(host=self.host, gpu=self.gpu, drained=not self.on),
            became=values(host=self.host, gpu=self.gpu, drained=self.on),
        )

    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        book.drain(self.host, self.gpu, self.on, now)

    @staticmethod
    def state(event: Event, study: StudySnapshot) -> Values:
        became = dict(event.became)
        host, gpu = str(became["host"]), str(became["gpu"])
        return values(host=host, gpu=gpu, drained=gpu in study.control.drained.get(host, ()))

    @staticmethod
    def restoring(event: Event) -> DrainGpu:
        was = dict(event.was)
        return DrainGpu(str(was["host"]), str(was["gpu"]), was["drained"] is True)

    def said(self, event: Event) -> str:
        if self.on:
            return f"draining gpu {event.subject}: its workers end after their trial, and none is started there"
        return f"gpu {event.subject} gets workers again"

    def shows(self, study: StudySnapshot) -> bool:
        return (self.gpu in study.control.drained.get(self.host, ())) == self.on


def _values(host: str, packing: Packing, workers: int | None) -> Values:
    return values(host=host, gpus=",".join(packing.gpus), per_gpu=packing.per_gpu, workers=workers)
