"""Every key and its text: the one home of bindings, footer, help screen and palette."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Key:
    """One act of the main screen. ``rank`` 0 is always in the footer, 9 never; between, as there is room."""

    id: str
    """The action that it stands for."""
    keys: str
    shown: str
    label: str
    help: str
    group: str
    rank: int = 9
    palette: bool = True

    @property
    def binding(self) -> Binding:
        """As Textual takes it; the id is for a keymap of the user's own."""
        return Binding(self.keys, self.id, self.label, show=False, key_display=self.shown, id=self.id)

    @property
    def title(self) -> str:
        """Its name in the palette: the first sentence of the help, without the full stop."""
        return self.help.split(". ")[0].removesuffix(".").split(" (")[0]


STEER, SHOW, MOVE, APP = "Steer the search", "What is shown", "Move and open", "Everything else"

KEYS: tuple[Key, ...] = (
    Key("widen", "w", "w", "widen", "Widen or narrow a parameter's bounds. You see what changes first.", STEER, 1),
    Key(
        "kill", "k", "k", "kill", "End the selected running trial, or the marked ones: prune or discard.", STEER, 2
    ),
    Key("hold", "h", "h", "hold", "Pause the selected running trial, or let it go on. Its worker waits.", STEER),
    Key("enqueue", "i", "i", "try", "Try a configuration of your own, from the selected trial's values.", STEER),
    Key("fix", "F,shift+f", "F", "fix", "Fix a parameter to one value, or search it again.", STEER),
    Key("retry", "r", "r", "retry", "Give the selected failed trial, or the marked ones, another try.", STEER),
    Key("star", "asterisk", "*", "star", "Give the selected trial a star, or take it away.", STEER),
    Key("note", "N,shift+n", "N", "note", "Write a note to the selected trial.", STEER),
    Key(
        "pause",
        "p",
        "p",
        "pause",
        "Pause the search, or resume it. Running trials hold at their next report.",
        STEER,
        2,
    ),
    Key("stop", "s", "s", "stop", "Stop the search: now, after more trials, at a time.", STEER, 2),
    Key(
        "fork",
        "y",
        "y",
        "fork",
        "Fork the study: other choices, another scale, floats. A linked study, into which the workers move.",
        STEER,
    ),
    Key("undo", "z", "z", "undo", "Undo the last order that can be undone. You see it first.", STEER),
    Key(
        "manual",
        "B,shift+b",
        "B",
        "by hand",
        "Search by hand: run by run, with what the curve says and what to try next. No sampler draws meanwhile.",
        STEER,
    ),
    Key("add_worker", "plus,equals_sign", "+", "worker", "Add a worker on this machine.", STEER, 4),
    Key(
        "remove_worker",
        "minus",
        "-",
        "worker",
        "Remove the selected or newest worker. It ends after its trial.",
        STEER,
        5,
    ),
    Key("gpus", "g", "g", "GPUs", "Choose, pack or drain this machine's GPUs, or set its workers.", STEER),
    Key("sort", "o", "o", "sort", "Sort by the next column. A click on a column's head sorts by it.", SHOW, 5),
    Key("reverse", "O,shift+o", "O", "reverse", "Reverse the sort order.", SHOW),
    Key(
        "show_states",
        "f",
        "f",
        "states",
        "Show the next state only: all, running, complete, pruned, failed.",
        SHOW,
        6,
    ),
    Key(
        "filter",
        "slash",
        "/",
        "filter",
        "Filter trials: state:pruned lr>1e-3 or has:note. Tab completes a name, Escape clears it.",
        SHOW,
        3,
    ),
    Key("newest", "n", "n", "newest", "Follow the newest trial, or stop following.", SHOW, 7),
    Key("best", "b", "b", "best", "Go to the best trial and follow it. Sorts by the metric, best first.", SHOW, 6),
    Key("metric", "m", "m", "metric", "Show the next metric in the curves.", SHOW, 4),
    Key("log", "l", "l", "log", "Switch the curves between log and linear.", SHOW, 7),
    Key("smooth", "e", "e", "smooth", "Smooth the curves: not, by 0.6, by 0.9 (exponential mean).", SHOW, 8),
    Key("columns", "C,shift+c", "C", "columns", "Choose the columns: which, in which order.", SHOW),
    Key("mark_listed", "M,shift+m", "M", "mark all", "Mark the listed trials, as many as the curves show.", SHOW),
    Key("unmark", "u", "u", "unmark", "Unmark all trials.", SHOW),
    Key("alerts", "a", "a", "alert", "Open the selected alert: evidence, likely cause, fix.", MOVE, 1),
    Key(
        "mute",
        "x",
        "x",
        "mute",
        "Mute the selected alert for this study, or hear of it again. Remembered on this machine.",
        MOVE,
    ),
    Key("journal", "v", "v", "journal", "Open the journal: who steered what, and when.", MOVE, 6),
    Key(
        "check",
        "d",
        "d",
        "check-up",
        "Check the study: the debugging checklist, and how far each stop rule is from firing.",
        MOVE,
        7,
    ),
    Key(
        "validation",
        "V,shift+v",
        "V",
        "validation",
        "Validate the best: several seeds each, ranked by their means. It shows what is there, and starts it.",
        MOVE,
    ),
    Key(
        "plan",
        "P,shift+p",
        "P",
        "plan",
        "Show the plan of phases: how far each is, what it changes, and on to the next.",
        MOVE,
    ),
    Key(
        "logs",
        "L,shift+l",
        "L",
        "output",
        "Show what the selected trial, or the selected worker, printed.",
        MOVE,
    ),
    Key(
        "importance",
        "I,shift+i",
        "I",
        "importance",
        "Show what decides the value: importances as measured, beside what is usual.",
        MOVE,
    ),
    Key(
        "pairs",
        "S,shift+s",
        "S",
        "pairs",
        "Show two parameters in one plot, with the best trials marked: where they depend on each other.",
        MOVE,
    ),
    Key("lint", "c", "c", "space", "Judge the search space: what costs trials, and what to write instead.", MOVE),
    Key("advice", "A,shift+a", "A", "advice", "Ask for advice: strategy, trials, seeds, for your budget.", MOVE),
    Key("panel(1)", "1", "1", "trials", "Go to the trials.", MOVE),
    Key("panel(2)", "2", "2", "curves", "Go to the curves.", MOVE),
    Key("panel(3)", "3", "3", "alerts", "Go to the alerts.", MOVE),
    Key("panel(4)", "4", "4", "workers", "Go to the workers.", MOVE),
    Key("back", "escape", "esc", "back", "Clear the filter. In a window: go back.", MOVE, palette=False),
    Key("help", "question_mark,f1", "?", "help", "Explain every key and every alert.", APP, 0),
    Key("app.theme", "t", "t", "theme", "Change to the next theme: dark, light, the terminal's own colours.", APP),
    Key("leave", "q,ctrl+c", "q", "quit", "Quit. Workers may go on without the screen.", APP, 1),
)

GESTURES: tuple[tuple[str, str], ...] = (
    ("↑ ↓ PgUp PgDn", "Move among trials or alerts; Home and End go to the ends."),
    ("← →", "Scroll the parameters."),
    ("enter", "Open the selected trial or alert."),
    ("space", "Mark a trial, to compare its curve with others."),
    ("tab", "Go to the next panel."),
    ("mouse", "Click a row, a column's head, an alert or a key in the footer."),
    ("ctrl+l", "Paint the whole screen again, if another program wrote over it."),
)
"""The gestures that a widget handles itself."""

PALETTE_KEY = "^p"

BINDINGS: list[BindingType] = [key.binding for key in KEYS]


def by_id(id: str) -> Key:  # noqa: A002
    return next(k for k in KEYS if k.id == id)
