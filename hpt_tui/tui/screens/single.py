"""The keys about single trials and values: each works on the selected trial, some on the marked ones."""

from __future__ import annotations

from hpt_tui.domain.manual.start import new_loop
from hpt_tui.domain.orders.remarks import NoteTrial, StarTrial
from hpt_tui.domain.orders.trials import DiscardTrial, PauseTrial, PruneTrial, ResumeTrial, RetryTrial
from hpt_tui.domain.trial import TrialRow, TrialState
from hpt_tui.errors import OrderRefusedError
from hpt_tui.tui.screens import stop
from hpt_tui.tui.screens.manual import ManualPage
from hpt_tui.tui.screens.note import Note
from hpt_tui.tui.screens.steering import SteeringScreen
from hpt_tui.tui.screens.values import Fix, Probe, Values
from hpt_tui.tui.words import plural


class SingleTrials(SteeringScreen):
    """Ends, holds, retries, stars and notes trials, and takes values to be tried or fixed."""

    @property
    def selected(self) -> TrialRow | None:
        """The trial under the cursor."""
        return self.frame.study.by_number.get(-1 if self.table.cursor is None else self.table.cursor)

    def _chosen(self, state: TrialState, act: str) -> tuple[TrialRow, ...]:
        """The marked trials that are in ``state``, else the selected one if it is; says so if there is none."""
        if self._refuses():
            return ()
        marked = [t for n in self.table.marked if (t := self.frame.study.by_number.get(n)) is not None]
        if found := tuple(t for t in marked if t.state is state):
            return found
        trial = self.selected
        if trial is None:
            self.say(f"There is no trial to {act}.", failed=True)
            return ()
        if trial.state is not state:
            participle = {"retry": "retried", "prune": "pruned"}.get(act, f"{act}d")
            self.say(f"#{trial.number} is {trial.state}; only a {state} trial can be {participle}.", failed=True)
            return ()
        return (trial,)

    def action_kill(self) -> None:
        if not (trials := self._chosen(TrialState.RUNNING, "prune")):
            return
        acts = {
            stop.PRUNE: lambda: self.steer(*(PruneTrial(t.number) for t in trials)),
            stop.DISCARD: lambda: self.steer(*(DiscardTrial(t.number) for t in trials)),
        }
        self.ask(stop.kill_question(trials, self.frame.study.steps), {**acts})

    def action_hold(self) -> None:
        trials, held = self._chosen(TrialState.RUNNING, "pause"), self.frame.study.control.held
        if trials and all(t.number in held for t in trials):
            self.steer(*(ResumeTrial(t.number) for t in trials))
        elif trials:
            self.steer(*(PauseTrial(t.number) for t in trials if t.number not in held))

    def action_retry(self) -> None:
        if trials := self._chosen(TrialState.FAILED, "retry"):
            given = [RetryTrial(t.number) for t in trials]
            if len(given) == 1:
                self.steer(*given)
            else:
                question = stop.sure_question("Retry", f"Give {plural(len(given), 'failed trial')} another try?")
                self.ask(question, {stop.YES: lambda: self.steer(*given)})

    def action_star(self) -> None:
        if not self._refuses() and (trial := self.selected) is not None:
            self.steer(StarTrial(trial.number, on=not trial.starred))

    def action_note(self) -> None:
        if self._refuses() or (trial := self.selected) is None:
            return
        number, before = trial.number, self.frame.study.notes.get(trial.number, "")

        def written(text: str | None) -> None:
            if text is not None and text != before:
                self.steer(NoteTrial(number, text))

        self.app.push_screen(Note(number, before), written)

    def action_enqueue(self) -> None:
        self._ask_values(Probe(self.frame, self.selected or self.frame.study.best))

    def action_fix(self) -> None:
        self._ask_values(Fix(self.frame, self.selected))

    def action_manual(self) -> None:
        if self._refuses():
            return
        study = self.frame.study
        if study.outline is not None:
            self.say("The study is still being read. Try again once it has been.", failed=True)
            return
        try:
            if study.control.manual is None:
                new_loop(study, "", None, 1, self.frame.now)
        except OrderRefusedError as error:
            self.say(error.line, failed=True)
            return
        self.app.push_screen(ManualPage(self.frame, self.steer), self.apply)

    def _ask_values(self, dialog: Values) -> None:
        if self._refuses():
            return
        if not dialog.names:
            self.say("This study has shown no parameter yet.", failed=True)
            return
        self.app.push_screen(dialog, lambda order: self.steer(order) if order is not None else None)
