"""The keys that explain: pages about the study as a whole."""

from __future__ import annotations

from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.vigil import MuteFlag
from hpt_tui.tui.screens.advice import AdvicePage
from hpt_tui.tui.screens.check import CheckPage
from hpt_tui.tui.screens.flag import FlagPage, MarkTrials
from hpt_tui.tui.screens.importance import ImportancePage
from hpt_tui.tui.screens.pairs import PairPage
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
