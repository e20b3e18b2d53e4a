"""The keys that explain: pages about the study as a whole."""

from __future__ import annotations

from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.phases import NextPhase
from hpt_tui.domain.vigil import MuteFlag
from hpt_tui.errors import OrderRefusedError
from hpt_tui.tui.screens import stop
from hpt_tui.tui.screens.advice import AdvicePage
from hpt_tui.tui.screens.check import CheckPage
from hpt_tui.tui.screens.flag import FlagPage, MarkTrials
from hpt_tui.tui.screens.importance import ImportancePage
from hpt_tui.tui.screens.pairs import PairPage
from hpt_tui.tui.screens.plan import PlanPage
from hpt_tui.tui.screens.single import SingleTrials
from hpt_tui.tui.screens.space import SpacePage
from hpt_tui.tui.screens.validation import ValidationPage
from hpt_tui.tui.themes import SERIES


class InsightScreen(SingleTrials):
    """A screen with a frame, whose study is explained on pages of their own."""

    def open_flag(self, flag: Flag) -> None:
        """Show a flag in full, and do what the user says there."""

        def answered(answer: Order | MarkTrials | None) -> None:
            if isinstance(answer, MarkTrials):
                self.table.mark(tuple(n for n in answer.numbers if n in self.frame.study.by_number)[:SERIES])
                self.table.focus()
            elif isinstance(answer, MuteFlag):
                self.post_message(self.Ordered(answer))
            else:
                self.apply(answer)

        self.app.push_screen(FlagPage(flag, self.frame), answered)

    def mute(self, flag: Flag) -> None:
        """Hear no more of ``flag``, or hear of it again. Nothing is written into the study, so nobody is asked."""
        muted = flag in self.frame.vigil.muted
        self.post_message(self.Ordered(MuteFlag(flag.id, flag.parameters, not muted)))

    def action_check(self) -> None:
        self.app.push_screen(CheckPage(self.frame))

    def action_validation(self) -> None:
        self.app.push_screen(ValidationPage(self.frame), self.apply)

    def action_importance(self) -> None:
        self.app.push_screen(ImportancePage(self.frame))

    def action_pairs(self) -> None:
        self.app.push_screen(PairPage(self.frame))

    def action_lint(self) -> None:
        self.app.push_screen(SpacePage(self.frame))

    def action_advice(self) -> None:
        self.app.push_screen(AdvicePage(self.frame))

    def action_plan(self) -> None:
        """Show the phases; their page asks for the next one, which is asked for once more with what it changes."""

        def answered(order: NextPhase | None) -> None:
            if order is not None:
                self._next_phase(order)

        self.app.push_screen(PlanPage(self.frame), answered)

    def _next_phase(self, order: NextPhase) -> None:
        try:
            event = order.foreseen(self.frame, self.frame.now)
        except OrderRefusedError as error:
            self.say(error.line, failed=True)
            return
        self.app.push_screen(stop.phase_question(event), lambda answer: self.steer(order) if answer else None)
