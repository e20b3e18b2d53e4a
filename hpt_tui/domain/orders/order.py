"""What every order knows of itself: whether it makes sense, how it is written down, and how it reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from hpt_tui.domain.candidates import WantedRun
    from hpt_tui.domain.event import Event, Values
    from hpt_tui.domain.frame import Frame
    from hpt_tui.domain.manual.loop import ManualLoop
    from hpt_tui.domain.snapshot import StudySnapshot
    from hpt_tui.domain.space import ParamValue, Range, Side


class Order(ABC):
    """Something to be done to a study. Frozen, and compared by value."""

    __slots__ = ()

    @abstractmethod
    def said(self, event: Event) -> str:
        """What is said of the order once it was carried out and recorded as ``event``: what it does, and when
        that shows."""


class WrittenOrder(Order):
    """An order that is carried out by writing it into the study, from wherever that can be written."""

    __slots__ = ()

    outlives_a_fork: ClassVar[bool] = False
    """Whether it means something in a study whose search goes on in a fork of it."""

    for_workers: ClassVar[bool] = True
    """Whether a worker has to take it up; else it is for people only."""

    def enough(self, study: StudySnapshot) -> bool:
        """Whether so much of ``study`` has been read that the order can be judged."""
        return True

    @abstractmethod
    def foreseen(self, frame: Frame, now: float) -> Event:
        """What is recorded of the order when it is given at ``now`` (epoch seconds), without an author.

        Raises:
            OrderRefusedError: it makes no sense for the study as it is.
        """

    @abstractmethod
    def write(self, book: OrderBook, frame: Frame, now: float) -> None:
        """Put the order, which was :meth:`foreseen`, in force."""

    @abstractmethod
    def shows(self, study: StudySnapshot) -> bool:
        """Whether the order is in force in ``study``; another one may have taken its place since."""


class Undoable(WrittenOrder):
    """An order that puts one thing of a study into a state, and which that thing's state before can follow.

    Its events say both states, exactly: ``was`` is :meth:`state` before, ``became`` what of it the order changes.
    """

    __slots__ = ()

    acts: ClassVar[frozenset[str]]
    """Those of its events."""

    @staticmethod
    @abstractmethod
    def state(event: Event, study: StudySnapshot) -> Values:
        """The state in ``study`` of the thing that ``event`` is about; empty if it is gone."""

    @staticmethod
    @abstractmethod
    def restoring(event: Event) -> WrittenOrder:
        """The order that puts ``event.was`` in force again.

        Raises:
            KeyError, TypeError, ValueError: the event does not hold what that needs.
        """


class OrderBook(Protocol):
    """Where orders stand, for every worker to read. Everything that is written is read back; all raise
    StorageLostError when the storage is away. ``at`` is epoch seconds."""

    def change_bound(
        self, parameter: str, declared: Range, low: float, high: float, at: float, sides: Collection[Side]
    ) -> None: ...

    def pause(self, on: bool, at: float) -> None: ...

    def stop(
        self,
        on: bool,
        at: float,
        *,
        now: bool = False,
        limit: int | None = None,
        deadline: float | None = None,
    ) -> None: ...

    def prune(self, number: int, at: float) -> None: ...

    def discard(self, number: int, at: float) -> None: ...

    def hold(self, number: int, on: bool, at: float) -> None: ...

    def retry(self, number: int, at: float) -> None: ...

    def enqueue(self, params: Mapping[str, ParamValue], at: float) -> None: ...

    def validate(self, runs: Sequence[WantedRun], at: float) -> None: ...

    def search_by_hand(self, loop: ManualLoop) -> None: ...

    def enqueue_run(self, params: Mapping[str, ParamValue], loop: ManualLoop, step: int, value: float) -> None: ...

    def fix(self, parameter: str, value: ParamValue, at: float) -> None: ...

    def unfix(self, parameter: str, at: float) -> None: ...

    def star(self, number: int, on: bool, at: float) -> None: ...

    def note(self, number: int, text: str) -> None: ...

    def leave(self, worker: str, at: float) -> None: ...

    def want(self, host: str, workers: int, at: float, *, validating: bool = False) -> None: ...

    def pack(self, host: str, gpus: Sequence[str], per_gpu: int | None, at: float) -> None: ...

    def set_budget(self, trials: int | None) -> None: ...

    def skip_phase(self, index: int, at: float) -> None: ...

    def drain(self, host: str, gpu: str, on: bool, at: float) -> None: ...
