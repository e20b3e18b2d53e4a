"""The questions that advice follows from, as a form asks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hpt_tui.domain.advice.situation import Situation, Symptom
from hpt_tui.domain.durations import seconds
from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.practice import LEARNING_RATES, Task


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the form."""

    id: str
    label: str
    hint: str
    options: tuple[str, ...] = ()
    """All answers that there are; empty: any number or time."""


QUESTIONS = (
    Question("budget", "GPU time to spend", "of all GPUs together, as in 40h or 2d"),
    Question("trial-time", "time of one trial", "of a full one on one GPU, as in 30m or 1h30m"),
    Question("gpus", "GPUs", "how many there are"),
    Question("task", "what is trained", "", tuple(Task)),
    Question("optimizer", "optimizer", "the one that is used", tuple(LEARNING_RATES)),
    Question("data-size", "training examples", "how many, as in 50000"),
    Question("situation", "how training goes", "or what is wanted", tuple(Symptom)),
)


class AnswerError(ValueError):
    """An answer that is none; the message says what would be."""


def answered(facts: Situation, answers: Mapping[str, str]) -> Situation:
    """``facts`` with the ``answers`` by question; an empty one leaves it as it was.

    Raises:
        AnswerError: one of them cannot be read.
    """
    given = {question.id: answers.get(question.id, "").strip() for question in QUESTIONS}
    budget, trial = _time(given["budget"]), _time(given["trial-time"])
    gpus, examples = _number(given["gpus"], "GPUs"), _number(given["data-size"], "examples")
    symptom = _one(given["situation"], tuple(Symptom))
    return replace(
        facts,
        declared=_declared(facts.declared, given["task"], given["optimizer"]),
        hours=facts.hours if budget is None else budget / 3600,
        trial=facts.trial if trial is None else trial,
        gpus=facts.gpus if gpus is None else gpus,
        examples=facts.examples if examples is None else examples,
        told=facts.told | ({Symptom(symptom)} if symptom else set()),
        noted=facts.noted if budget is None else (),
    )


def _declared(declared: Declared, task: str, optimizer: str) -> Declared:
    if chosen := _one(task, tuple(Task)):
        declared = replace(declared, task=Task(chosen))
    if chosen := _one(optimizer, tuple(LEARNING_RATES)):
        if known := ", ".join(declared.optimizers):
            raise AnswerError(f"the space has {known} already")
        declared = replace(declared, fixed={**declared.fixed, "optimizer": chosen})
    return declared


def _one(answer: str, options: tuple[str, ...]) -> str:
    """The option that the answer begins, capitals aside; empty for no answer."""
    if not answer:
        return ""
    found = [option for option in options if option.lower().startswith(answer.lower())]
    exact = [option for option in found if option.lower() == answer.lower()]
    if len(exact or found) != 1:
        raise AnswerError(f"{answer!r} is none of {', '.join(options)}")
    return (exact or found)[0]


def _time(answer: str) -> float | None:
    if not answer:
        return None
    found = seconds(answer)
    if found is None or not 0 < found <= 1e11:
        raise AnswerError(f"{answer!r} is no time; write 40h, 30m, 1h30m, 2d or 90s")
    return found


def _number(answer: str, what: str) -> int | None:
    if not answer:
        return None
    if not (answer.isascii() and answer.isdigit()) or not 0 < int(answer[:18]) <= 10**15:
        raise AnswerError(f"{answer!r} is no number of {what}")
    return int(answer)
