"""The keys that explain: pages about the study as a whole."""

from __future__ import annotations

from hpt_tui.tui.screens.check import CheckPage
from hpt_tui.tui.screens.importance import ImportancePage
from hpt_tui.tui.screens.steering import SteeringScreen


class InsightScreen(SteeringScreen):
    """A screen with a frame, whose study is explained on pages of their own."""

    def action_check(self) -> None:
        self.app.push_screen(CheckPage(self.frame))

    def action_importance(self) -> None:
        self.app.push_screen(ImportancePage(self.frame))
