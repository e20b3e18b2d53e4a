"""The questions before an act: stop, prune, take control, quit."""

from __future__ import annotations

from collections.abc import Sequence

from hpt_tui.domain import durations
from hpt_tui.domain.event import Event
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.moments import next_moment
from hpt_tui.domain.orders.order import WrittenOrder
from hpt_tui.domain.orders.search import StopStudy
from hpt_tui.domain.orders.undo import UndoEvent
from hpt_tui.domain.trial import TrialRow
from hpt_tui.errors import OrderRefusedError
from hpt_tui.tui.screens.page import Answer, Question
from hpt_tui.tui.screens.prompt import Heard, Prompt
from hpt_tui.tui.text import clip, moment
from hpt_tui.tui.words import plural

FINISH, AT_ONCE, YES, LEAVE, END = "finish", "at-once", "yes", "leave", "end"
AFTER, AT_TIME = "after", "at-time"
LATER = "The workers see to it by themselves, on every machine. What runs at that moment finishes."
PRUNE, DISCARD = "prune", "discard"
NAMED = 8
"""So many trials are named in a question."""
CANCEL = Answer("cancel", "c", "Cancel")


def stop_question(frame: Frame) -> Question:
    """How to stop the search."""
    running = len(frame.study.running)
    return Question(
        "Stop the search",
        (
            f"No further trials start, on any machine. {plural(running, 'trial')} running now.",
            "p takes a stop back.",
        ),
        (
            Answer(FINISH, "f", "Let running trials finish"),
            Answer(AT_ONCE, "x", "At once: running trials end as failed (interrupted)"),
            Answer(AFTER, "n", "After so many more finished trials"),
            Answer(AT_TIME, "t", "At a time, or in a while"),
            CANCEL,
        ),
    )


def after_prompt(frame: Frame) -> Prompt:
    """After how many more finished trials to stop."""
    return Prompt("Stop later", LATER, "more trials", "5", lambda typed: hear(stop_after(typed), frame))


def time_prompt(frame: Frame) -> Prompt:
    """At what time to stop."""
    label = "18:30, or in 2h"
    return Prompt("Stop later", LATER, label, "2h", lambda typed: hear(stop_at(typed, frame.now), frame))


def stop_after(typed: str) -> StopStudy | None:
    """The order that a number means; None if it is none."""
    return StopStudy(after=int(typed)) if typed.isascii() and typed.strip().isdigit() and len(typed) < 9 else None


def stop_at(typed: str, now: float) -> StopStudy | None:
    """The order that a time or a duration means; None if it is neither."""
    if (at := next_moment(typed, now)) is None:
        # 25:00 is a mistaken time of day, not 25 minutes.
        seconds = None if ":" in typed else durations.seconds(typed.strip())
        at = None if seconds is None else now + seconds
    return None if at is None else StopStudy(deadline=at)


def hear(order: WrittenOrder | None, frame: Frame) -> Heard:
    """What the order would do, or why it cannot be given."""
    if order is None:
        return Heard("that is not understood", good=False)
    try:
        event = order.foreseen(frame, frame.now)
    except OrderRefusedError as error:
        return Heard(error.line, good=False)
    return Heard(order.said(event), good=True)


def undo_question(event: Event, frame: Frame) -> Question:
    """Whether to take that order back."""
    foreseen = UndoEvent(event.id).foreseen(frame, frame.now)
    ordered = f"{event.by or 'Somebody'} ordered at {moment(event.at, frame.now)}: {event.sentence}."
    return Question(
        "Undo",
        (ordered, f"{foreseen.sentence}. Trials that have ended stay as they are."),
        (Answer(YES, "y", "Undo it"), CANCEL),
    )


def kill_question(trials: Sequence[TrialRow], steps: int | None) -> Question:
    """How to end these running ones."""
    one = trials[0]
    if len(trials) == 1:
        what, they = f"trial #{one.number}", "It ends"
        so_far = f"#{one.number} is at step {one.steps}/{steps}." if steps else f"It is at step {one.steps}."
    else:
        what, they = plural(len(trials), "trial"), "They end"
        so_far = ", ".join(f"#{t.number}" for t in trials[:NAMED]) + (", …" if len(trials) > NAMED else "") + "."
    return Question(
        f"End {what}",
        (
            f"{so_far} {they} at the next report, or by a signal after 5 s; a worker that hangs is ended with its "
            "trial, and replaced.",
            "Pruned: the sampler keeps what was shown. Discarded: it fails, no sampler looks at it, and it takes "
            "nothing of the budget.",
        ),
        (Answer(PRUNE, "p", f"Prune {what}"), Answer(DISCARD, "d", f"Discard {what}"), CANCEL),
    )


def sure_question(title: str, sentence: str) -> Question:
    """Whether that is meant."""
    return Question(title, (sentence,), (Answer(YES, "y", title), CANCEL))


def control_question(frame: Frame) -> Question:
    """Whether to steer a study that is only watched."""
    return Question(
        "This study is only watched",
        (
            f"Steer {clip(frame.study.name, 60)}? hpt-tui then writes your orders and a journal of them into the "
            f"study's attributes in {clip(frame.study.storage, 80)}.",
            "Trials and values stay as they are. Workers that hpt-tui did not start may not listen.",
        ),
        (Answer(YES, "y", "Steer it"), CANCEL),
    )


def quit_question(workers: int) -> Question:
    """What becomes of the workers."""
    verb, they = ("is", "It trains") if workers == 1 else ("are", "They train")
    return Question(
        "Quit",
        (f"{plural(workers, 'worker')} of this machine {verb} still running. {they} on if left.",),
        (
            Answer(LEAVE, "l", "Leave the workers running"),
            Answer(END, "s", "Stop them: running trials end as failed (interrupted)"),
            CANCEL,
        ),
    )


def phase_question(event: Event) -> Question:
    """Whether to begin the next phase now, with what it changes."""
    title = f"Begin {clip(event.subject, 30)} now"
    left, _, changes = event.after.partition("; ")
    sentences = (f"{left}: what is left of it is skipped, what runs finishes.", f"{event.subject}: {changes}.")
    return Question(title, sentences, (Answer(YES, "y", title), CANCEL))
