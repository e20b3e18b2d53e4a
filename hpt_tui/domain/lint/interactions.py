"""G19, G20: parameters whose best values depend on one another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from hpt_tui.domain.figures import plain
from hpt_tui.domain.lint.declared import Declared, numbers
from hpt_tui.domain.lint.finding import Figure, Finding, Level
from hpt_tui.domain.lint.thresholds import LintThresholds
from hpt_tui.domain.lint.wording import in_words, listed, number, times
from hpt_tui.domain.practice import SGD
from hpt_tui.domain.roles import Role


@dataclass(frozen=True, slots=True)
class Interaction:
    """Two kinds of parameters that are to be judged together (G19)."""

    one: tuple[Role, ...]
    other: tuple[Role, ...]
    why: str


INTERACTIONS = (
    Interaction(
        (Role.BATCH_SIZE,),
        (Role.LEARNING_RATE,),
        "A larger batch has less noisy gradients and bears a higher rate.",
    ),
    Interaction(
        (Role.WIDTH, Role.DEPTH),
        (Role.WEIGHT_DECAY, Role.REGULARISATION, Role.DROPOUT),
        "A large model under weak regularisation overfits, a small one under strong regularisation underfits.",
    ),
    Interaction((Role.WARMUP,), (Role.LEARNING_RATE,), "A higher learning rate needs more warmup."),
    Interaction(
        (Role.WEIGHT_DECAY,),
        (Role.OPTIMIZER,),
        "The same decay means different things to SGD, Adam and AdamW.",
    ),
)


def interactions(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """Each of G19's pairs of which both sides are searched, with how much data the pair of them gets."""
    for pair in INTERACTIONS:
        one, other = declared.with_role(*pair.one), declared.with_role(*pair.other)
        if one and other:
            yield Finding(
                "interaction",
                Level.INFO,
                "G19",
                f"{listed(one)} × {listed(other)} interact: judge them together",
                pair.why,
                "Look at the pair in one plot, and don't fix the one at the other's best by itself.",
                one + other,
                tuple((plain(name), in_words(declared.space[name])) for name in one + other),
            )


def batch_scaling(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """By how much the learning rate is to follow the batch, by the square root rule; for SGD by the linear one
    too (C7). With a baseline, the learning rates themselves."""
    for batch in declared.with_role(Role.BATCH_SIZE):
        values = numbers(declared.space[batch])
        if not declared.learning_rates or not values or values[0] <= 0:
            continue
        rate = declared.learning_rates[0]
        factor = values[-1] / values[0]
        evidence: list[tuple[str, Figure]] = [
            ("batch", in_words(declared.space[batch])),
            (
                "square root rule",
                f"learning rate × {times(math.sqrt(factor))} from the smallest batch to the largest",
            ),
        ]
        linear = SGD in declared.optimizers
        if linear:
            evidence.append(("linear rule, for SGD with warmup", f"learning rate × {times(factor)}"))
        evidence += _at_the_ends(declared, batch, rate, values[0], values[-1])
        yield Finding(
            "batch-scaling",
            Level.INFO,
            "G20",
            f"from {plain(batch)} {number(values[0])} to {number(values[-1])} the best {plain(rate)} grows about "
            f"{times(math.sqrt(factor))} times (square root rule"
            + (f"; {times(factor)} times by the linear one, for SGD)" if linear else ")"),
            "The noise of a gradient falls with the square root of the batch. The linear rule is the other one, "
            "usual for SGD with warmup (C7).",
            "Leave the range of the learning rate wide enough for both ends.",
            (batch, rate),
            tuple(evidence),
        )


def scaled(rate: float, batch: float, to: float, *, linear: bool = False) -> float:
    """The learning rate for a batch of ``to`` where ``rate`` suits one of ``batch`` (G20); both above 0."""
    return rate * (to / batch if linear else math.sqrt(to / batch))


def _at_the_ends(
    declared: Declared, batch: str, rate: str, low: float, high: float
) -> Iterator[tuple[str, Figure]]:
    at, size = declared.default(rate), declared.default(batch)
    if at is None or size is None or size <= 0:
        return
    yield "baseline", f"{number(at)} at a batch of {number(size)}"
    for end in (low, high):
        yield f"by the square root rule at a batch of {number(end)}", f"{scaled(at, size, end):.2g}"
