"""The main screen: head, trials, curves, alerts and workers, and the keys that steer."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container
from textual.events import Resize
from textual.message import Message
from textual.widgets import Input

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.worker import WorkerState
from hpt_tui.tui.keys import BINDINGS
from hpt_tui.tui.listed import Follow
from hpt_tui.tui.screens import stop
from hpt_tui.tui.screens.columns import Choice, ColumnChooser
from hpt_tui.tui.screens.fleet import FleetScreen
from hpt_tui.tui.screens.help import Help
from hpt_tui.tui.screens.journal import Journal
from hpt_tui.tui.screens.page import Dialog
from hpt_tui.tui.screens.trial import TrialPage
from hpt_tui.tui.themes import SERIES
from hpt_tui.tui.widgets.alerts import AlertLine, Alerts
from hpt_tui.tui.widgets.curves import Curves
from hpt_tui.tui.widgets.filter_field import FilterField
from hpt_tui.tui.widgets.headline import Headline
from hpt_tui.tui.widgets.keybar import KeyBar
from hpt_tui.tui.widgets.panel import Panel
from hpt_tui.tui.widgets.trial_table import TrialTable
from hpt_tui.tui.widgets.workers import Workers

PANELS = ("trials", "curves", "alerts", "workers")


class Board(FleetScreen):
    """Shows the newest frame, and hands up orders, and the wish to leave."""

    BINDINGS: ClassVar = BINDINGS

    class Left(Message):
        """The user wants to leave the screen."""

        def __init__(self, *, stop_workers: bool) -> None:
            super().__init__()
            self.stop_workers = stop_workers

    class Looking(Message):
        """The curves of these trials are to be seen."""

        def __init__(self, trials: frozenset[int]) -> None:
            super().__init__()
            self.trials = trials

    def __init__(self, title: str) -> None:
        super().__init__()
        self._study_title = title
        self._panel = "trials"
        self._looking: frozenset[int] = frozenset()

    def compose(self) -> ComposeResult:
        yield Headline(self._study_title, id="headline")
        with Container(id="grid"):
            yield TrialTable(id="trials")
            yield Curves(id="curves")
            yield Alerts(id="alerts")
            yield Workers(id="workers")
        yield AlertLine(id="alert-line")
        yield KeyBar(self.hints(idle=True), id="keys")
        yield FilterField(id="filter")

    def on_mount(self) -> None:
        self.query_one("#trials").focus()
        self.show(self.frame)

    def on_resize(self, event: Resize) -> None:
        self.fit_to(event.size)
        self.set_class(self.table.hidden_columns > 0, "-crowded")
        self._show_hints()
        self._show_panel()

    def show(self, frame: Frame) -> None:
        """Take up a new frame, in the dialogs above too."""
        self.frame = frame
        self.query_one(Headline).show(frame)
        self.table.show(frame)
        if self.table.hidden_columns and not self.has_class("-crowded"):
            self._crowd()
        self.query_one(FilterField).study = frame.study
        for alerts in self.query(Alerts):
            alerts.show(frame)
        self.query_one(Workers).show(frame)
        self._show_curves()
        self._show_hints()
        for screen in self.app.screen_stack:
            if isinstance(screen, Dialog):
                screen.show(frame)
        self.stop_reading(frame)

    def _crowd(self) -> None:
        """Give the table more of the width, before anything is painted in the width that it had."""
        with self.app.batch_update():
            self.add_class("-crowded")
            self._refresh_layout()
            self.draw()

    def draw(self) -> None:
        """Draw all panels in the places that they have been given, before any of them is painted without."""
        for panel in self.query(Panel):
            panel.redraw()

    def _show_curves(self) -> None:
        self._look()
        self.query_one(Curves).show(self.frame, self.table.cursor, self.table.marked)

    def _look(self, *opened: int) -> None:
        """Ask for the curves of the cursor's trial, the marked ones, and one that is opened."""
        here = () if self.table.cursor is None else (self.table.cursor,)
        above = (n for screen in self.app.screen_stack if isinstance(screen, Dialog) for n in screen.looks_at)
        looking = frozenset((*here, *self.table.marked, *opened, *above))
        if looking != self._looking:
            self._looking = looking
            self.post_message(self.Looking(looking))

    def _show_hints(self) -> None:
        idle = not any(w.state is not WorkerState.LOST for w in self.frame.workers)
        self.query_one(KeyBar).change(self.hints(idle=idle))

    def _show_panel(self) -> None:
        for name in PANELS:
            self.query_one(f"#{name}").set_class(name == self._panel, "-shown")

    # What the widgets say

    def on_trial_table_selected(self) -> None:
        self._show_curves()

    def on_trial_table_opened(self, event: TrialTable.Opened) -> None:
        self._look(event.number)
        self.app.push_screen(TrialPage(self.frame, event.number))

    def on_workers_chosen(self, event: Workers.Chosen) -> None:
        if event.trial in self.frame.study.by_number:
            self._look(event.trial)
            self.app.push_screen(TrialPage(self.frame, event.trial))

    def on_alerts_opened(self, event: Alerts.Opened) -> None:
        self.open_flag(event.flag)

    async def on_key_bar_pressed(self, event: KeyBar.Pressed) -> None:
        await self.run_action(event.action)

    # What is shown

    def action_sort(self) -> None:
        self.table.next_column()

    def action_reverse(self) -> None:
        self.table.relist(self.table.listing.by(self.table.listing.column))

    def action_show_states(self) -> None:
        self.table.next_state()

    def action_newest(self) -> None:
        self.table.go_along(Follow.TRIAL if self.table.follow is Follow.NEWEST else Follow.NEWEST)

    def action_best(self) -> None:
        self.table.go_to_best()
        if not self.frame.study.single:
            self.say("Several objectives have no single best: this is the best of value 0.")

    def action_columns(self) -> None:
        choice = Choice(self.table.arrangement, self.table.listing.column)
        self.app.push_screen(ColumnChooser(self.table.columns, choice), self._take_columns)

    def _take_columns(self, choice: Choice | None) -> None:
        if choice is not None:
            self.table.show_columns(choice.arrangement)
            self.set_class(self.table.hidden_columns > 0, "-crowded")
            if choice.sorted_by != self.table.listing.column:
                self.table.relist(self.table.listing.by(choice.sorted_by))

    def action_mark_listed(self) -> None:
        self.table.mark_listed(SERIES)

    def action_unmark(self) -> None:
        self.table.unmark()

    def action_metric(self) -> None:
        self.query_one(Curves).next_metric()

    def action_log(self) -> None:
        self.query_one(Curves).toggle_log()

    def action_smooth(self) -> None:
        self.query_one(Curves).next_smoothing()

    def action_filter(self) -> None:
        self.add_class("-filtering")
        # At once, not after the next refresh: whoever types on goes on in the field.
        self.set_focus(self.query_one("#filter", Input))

    def on_input_changed(self, event: Input.Changed) -> None:
        self.table.relist(replace(self.table.listing, text=event.value))

    def on_input_submitted(self) -> None:
        self._end_filtering()

    def _end_filtering(self) -> None:
        self.remove_class("-filtering")
        self.table.focus()

    def action_back(self) -> None:
        self.query_one("#filter", Input).value = ""
        if self.has_class("-filtering"):
            self._end_filtering()

    # Going elsewhere

    def action_panel(self, number: int) -> None:
        self._panel = PANELS[number - 1]
        self._show_panel()
        self.query_one(f"#{self._panel}", Panel).focus()

    def action_next_panel(self) -> None:
        self.action_panel((PANELS.index(self._panel) + 1) % len(PANELS) + 1)

    def action_alerts(self) -> None:
        if self.query_one("#alerts", Alerts).selected is None:
            self.say("There is no alert.")
        self.query_one("#alerts", Alerts).action_open()

    def action_mute(self) -> None:
        if (flag := self.query_one("#alerts", Alerts).selected) is None:
            self.say("There is no alert to mute.")
        else:
            self.mute(flag)

    def action_journal(self) -> None:
        self.app.push_screen(Journal(self.frame, self.take_back))

    def action_help(self) -> None:
        self.app.push_screen(Help())

    def action_leave(self) -> None:
        """Ask what becomes of the workers of this machine, if there are any, and leave."""
        alive = sum(w.here and w.state is not WorkerState.LOST for w in self.frame.workers)
        if not alive:
            self._leave(stop_workers=False)
            return
        acts = {
            stop.LEAVE: lambda: self._leave(stop_workers=False),
            stop.END: lambda: self._leave(stop_workers=True),
        }
        self.ask(stop.quit_question(alive), {**acts})

    def _leave(self, *, stop_workers: bool) -> None:
        self.post_message(self.Left(stop_workers=stop_workers))
