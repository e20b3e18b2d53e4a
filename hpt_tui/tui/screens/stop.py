"""The questions before an act: stop, prune, take control, quit."""

from __future__ import annotations

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.trial import TrialRow
from hpt_tui.tui.screens.page import Answer, Question
from hpt_tui.tui.text import clip
from hpt_tui.tui.words import plural

FINISH, AT_ONCE, YES, LEAVE, END = "finish", "at-once", "yes", "leave", "end"
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
            CANCEL,
        ),
    )


def prune_question(trial: TrialRow, steps: int | None) -> Question:
    """Whether to prune this one."""
    done = f"{trial.steps}/{steps}" if steps else str(trial.steps)
    return Question(
        f"Prune trial #{trial.number}",
        (
            f"#{trial.number} is at step {done}. It ends as pruned at its next report: the sampler keeps what it "
            "showed, and its worker takes the next trial.",
        ),
        (Answer(YES, "y", f"Prune #{trial.number}"), CANCEL),
    )


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
