"""The keys that steer: each asks what has to be asked, and hands an order up."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message

from hpt_tui.domain.event import Event
from hpt_tui.domain.figures import plain
from hpt_tui.domain.frame import EMPTY_FRAME
from hpt_tui.domain.orders.bounds import ChangeBound
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.search import PauseStudy, ResumeStudy, StopStudy, TakeControl
from hpt_tui.domain.orders.undo import UndoEvent, last_undoable
from hpt_tui.domain.orders.workers import AddWorker
from hpt_tui.domain.progress import halted, used_up
from hpt_tui.errors import OrderRefusedError
from hpt_tui.tui.screens import stop
from hpt_tui.tui.screens.desk import Desk
from hpt_tui.tui.screens.fork import Fork
from hpt_tui.tui.screens.page import Question
from hpt_tui.tui.screens.prompt import Prompt
from hpt_tui.tui.screens.widen import Widen, in_force, movables
from hpt_tui.tui.widgets.trial_table import TrialTable
from hpt_tui.tui.words import goes_on


class SteeringScreen(Desk):
    """A screen with a frame and a trials table that orders are given from, as :class:`Ordered`."""

    class Ordered(Message):
        """The user wants this done."""

        def __init__(self, *orders: Order) -> None:
            super().__init__()
            self.orders = orders

    def __init__(self) -> None:
        super().__init__()
        self.frame = EMPTY_FRAME

    @property
    def table(self) -> TrialTable:
        return self.query_one(TrialTable)

    def apply(self, order: Order | None) -> None:
        """Carry out what a flag proposes, asked for where there is something to choose."""
        if isinstance(order, ChangeBound):
            self._widen(order)
        elif isinstance(order, StopStudy):
            self.action_stop()
        elif order is not None:
            self.steer(order)

    def steer(self, *orders: Order) -> None:
        """Hand the orders on; a study that is only watched asks first."""
        if self._refuses():
            return
        if self.frame.access.steering:
            self.post_message(self.Ordered(*orders))
        else:
            question = stop.control_question(self.frame)
            self.ask(question, {stop.YES: lambda: self._take_control(*orders)})

    def _take_control(self, *orders: Order) -> None:
        self.post_message(self.Ordered(TakeControl(), *orders))

    def _refuses(self) -> bool:
        """Whether nothing can be ordered, and say why."""
        if not self.frame.opened:
            self.say("The study is not open yet.", failed=True)
        elif self.frame.access.steering_problem:
            self.say(self.frame.access.steering_problem, failed=True)
        else:
            return False
        return True

    def ask(self, question: Question, acts: dict[str, Callable[[], object]]) -> None:
        """Show the question; do what belongs to the answer."""

        def answered(answer: str | None) -> None:
            if answer in acts:
                acts[answer]()

        self.app.push_screen(question, answered)

    def say(self, text: str, *, failed: bool = False) -> None:
        """A notice for a few seconds."""
        self.app.notify(self._sentence(plain(text)), severity="error" if failed else "information", markup=False)

    def _sentence(self, text: str) -> str:
        """``text`` with a capital, unless it begins with the name of a parameter."""
        names = (plain(name) for name in self.frame.study.declared)
        named = any(text.startswith(n) and not text[len(n) : len(n) + 1].isalnum() for n in names)
        return text if named else text[:1].upper() + text[1:]

    def action_widen(self) -> None:
        proposals = [f.order for f in self.frame.flags if isinstance(f.order, ChangeBound)]
        self._widen(next((p for p in proposals if not in_force(self.frame.study, p)), None))

    def _widen(self, proposal: ChangeBound | None) -> None:
        if self._refuses():
            return
        if not movables(self.frame.study):
            self.say("This study has no numeric parameter whose bounds could be moved.", failed=True)
            return
        self.app.push_screen(Widen(self.frame, proposal), lambda order: self.steer(order) if order else None)

    def action_fork(self) -> None:
        if self._refuses():
            return
        if not self.frame.study.space or self.frame.study.outline is not None:
            self.say("There is nothing to fork yet.", failed=True)
        else:
            self.app.push_screen(Fork(self.frame), lambda order: self.steer(order) if order else None)

    def _all_done(self) -> bool:
        """Whether the budget is used up, so that there is nothing to start or to pause, and say so."""
        done = used_up(self.frame.study) and not self.frame.study.running
        if done:
            self.say(goes_on(self.frame))
        return done

    def action_pause(self) -> None:
        if self._all_done():
            return
        control = self.frame.study.control
        self.steer(ResumeStudy() if control.paused or halted(self.frame.study, self.frame.now) else PauseStudy())

    def action_stop(self) -> None:
        if self._refuses():
            return
        self.ask(
            stop.stop_question(self.frame),
            {
                stop.FINISH: lambda: self.steer(StopStudy()),
                stop.AT_ONCE: lambda: self.steer(StopStudy(at_once=True)),
                stop.AFTER: lambda: self._stop_later(stop.after_prompt(self.frame), stop.stop_after),
                stop.AT_TIME: lambda: self._stop_later(
                    stop.time_prompt(self.frame), lambda typed: stop.stop_at(typed, self.frame.now)
                ),
            },
        )

    def _stop_later(self, prompt: Prompt, meaning: Callable[[str], StopStudy | None]) -> None:
        def typed(word: str | None) -> None:
            if word is not None and (order := meaning(word)) is not None:
                self.steer(order)

        self.app.push_screen(prompt, typed)

    def action_undo(self) -> None:
        """Take back the last order that can be, after showing what that does."""
        if self._refuses():
            return
        event = last_undoable(self.frame.study) if self.frame.study.outline is None else None
        if event is None:
            self.say("There is no order that could be undone.", failed=True)
            return
        self.take_back(event)

    def take_back(self, event: Event) -> None:
        """Ask whether to undo that event, saying what it does; or say why it cannot be undone."""
        if self._refuses():
            return
        if self.frame.study.outline is not None:
            self.say("The study is still being read. Try again once it has been.", failed=True)
            return
        try:
            question = stop.undo_question(event, self.frame)
        except OrderRefusedError as error:
            self.say(error.line, failed=True)
            return
        self.ask(question, {stop.YES: lambda: self.steer(UndoEvent(event.id))})

    def action_add_worker(self) -> None:
        if self._all_done():
            return
        if self.frame.access.workers_problem:
            self.say(self.frame.access.workers_problem, failed=True)
        else:
            self.steer(AddWorker())
