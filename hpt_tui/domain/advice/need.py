"""G5, G6, G7: whether there is anything that tuning could cure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hpt_tui.domain.advice.situation import Situation, Symptom
from hpt_tui.domain.advice.thresholds import AdviceThresholds
from hpt_tui.domain.advice.wording import hours
from hpt_tui.domain.figures import about
from hpt_tui.domain.roles import Role


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for or against tuning."""

    rule: str
    """The requirement behind it, ``G5`` or ``G6``."""
    tune: bool
    text: str
    instead: str = ""
    """What to do rather than tune; empty for a reason to tune."""
    final: bool = False
    """Whether nothing that speaks for tuning can outweigh it."""
    focus: tuple[Role, ...] = ()
    """What to tune for this reason, after the learning rate."""


@dataclass(frozen=True, slots=True)
class Need:
    """Whether to tune. Where reasons pull both ways, what no setting can cure decides, then whatever tells of
    something to gain, then whatever tells of nothing to gain."""

    tune: bool
    reasons: tuple[Reason, ...]
    """The deciding one first; empty where nothing speaks either way."""

    @property
    def decisive(self) -> Reason | None:
        return self.reasons[0] if self.reasons else None

    @property
    def instead(self) -> str:
        return self.reasons[0].instead if self.reasons and not self.tune else ""

    @property
    def focus(self) -> tuple[Role, ...]:
        """What the symptoms ask for first, each role once."""
        return tuple(dict.fromkeys(role for reason in self.reasons for role in reason.focus))


_BY_SYMPTOM: Mapping[Symptom, Reason] = {
    Symptom.UNDERFITS: Reason(
        "G5",
        False,
        "training and validation loss both stay high: the model lacks capacity or training, not a better setting",
        "Make the model wider or deeper, or train longer; a learning rate range test (hpt-tui lr-find) tells "
        "first whether the rate is just far too low.",
        final=True,
    ),
    Symptom.CONVERGES: Reason(
        "G5", False, "training converges well: there is little left to gain", "Leave the settings as they are."
    ),
    Symptom.FINE_TUNING: Reason(
        "G5",
        False,
        "defaults mostly suit the fine-tuning of a pre-trained model",
        "Try the usual settings first, and the learning rate before all others.",
    ),
    Symptom.OVERFITS: Reason(
        "G6",
        True,
        "a large gap between training and validation is what regularisation and the schedule are for",
        focus=(Role.WEIGHT_DECAY, Role.DROPOUT, Role.SCHEDULE, Role.DECAY_FACTOR),
    ),
    Symptom.SLOW: Reason(
        "G6", True, "slow convergence is mostly a learning rate that is too low", focus=(Role.LEARNING_RATE,)
    ),
    Symptom.UNSTABLE: Reason(
        "G6",
        True,
        "a loss that jumps wants a lower learning rate, larger batches, or clipped gradients",
        focus=(Role.LEARNING_RATE, Role.BATCH_SIZE, Role.CLIPPING),
    ),
    Symptom.PLATEAU: Reason("G5", True, "training that stops improving early leaves something to gain"),
    Symptom.SOTA: Reason("G5", True, "the last few percent come from tuning"),
}


def need(situation: Situation, limits: AdviceThresholds) -> Need:
    """Whether to tune, by all rows of G5 that the situation meets. With none of them: tune, if the result is not
    good enough yet."""
    reasons = [*_facts(situation, limits), *(_BY_SYMPTOM[s] for s in Symptom if s in situation.symptoms)]
    final = [r for r in reasons if r.final]
    gain = [r for r in reasons if r.tune]
    rest = [r for r in reasons if not r.tune and not r.final]
    return Need(not final and (bool(gain) or not rest), (*final, *gain, *rest))


def _facts(situation: Situation, limits: AdviceThresholds) -> Iterator[Reason]:
    examples, budget = situation.examples, situation.hours
    if situation.fits == 0 and budget is not None:
        yield Reason(
            "G15",
            False,
            f"a budget of {hours(budget)} does not pay for one trial of {about(situation.cost)}",
            "Make the trials shorter (fewer epochs, a part of the data) or the budget larger.",
            final=True,
        )
    if examples is not None and examples < limits.few_examples:
        text = f"{examples:,} examples, fewer than {limits.few_examples:,}: more data gains more than any setting"
        yield Reason("G5", False, text, "Collect data, or start from a pre-trained model.", final=True)
    if budget is not None and budget < limits.too_short:
        low, high = limits.by_hand
        yield Reason(
            "G5",
            False,
            f"a budget of {hours(budget)} of GPU time, less than {hours(limits.too_short)}: by hand is quicker",
            f"Set the learning rate by hand in {low} to {high} runs: halve it where the loss swings, change it "
            "where the loss stands still (G10): hpt-tui manual FILE.py.",
            final=True,
        )


@dataclass(frozen=True, slots=True)
class Capacity:
    """How large a model the training set bears (G7)."""

    examples: int
    weights: int | None
    """About so many; None: start from a pre-trained model."""
    more: bool
    """Whether larger models are better still."""


def capacity(examples: int, limits: AdviceThresholds) -> Capacity:
    """G7's sizes, with the sizes between them on the same line of ten weights for each example."""
    if examples < limits.pretrained_below:
        return Capacity(examples, None, False)
    return Capacity(
        examples,
        limits.weights_per_example * min(examples, limits.large_from),
        examples >= limits.large_from,
    )
