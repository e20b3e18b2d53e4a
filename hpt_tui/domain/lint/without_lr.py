"""G18: what makes sense to search only together with the learning rate, or after it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from hpt_tui.domain.figures import plain
from hpt_tui.domain.lint.declared import Declared, numbers
from hpt_tui.domain.lint.finding import Figure, Finding, Level
from hpt_tui.domain.lint.learning_rate import wide_enough
from hpt_tui.domain.lint.thresholds import LintThresholds
from hpt_tui.domain.lint.wording import in_words, listed, number, times
from hpt_tui.domain.names import words
from hpt_tui.domain.roles import Role, with_role
from hpt_tui.domain.space import Range


def batch_without_lr(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    if not (names := _alone(declared, Role.BATCH_SIZE)):
        return
    batches = numbers(declared.space[names[0]])
    evidence: list[tuple[str, Figure]] = [("searched", in_words(declared.space[names[0]]))]
    if batches and batches[0] > 0:
        factor = batches[-1] / batches[0]
        text = f"{times(math.sqrt(factor))} (square root) to {times(factor)} (linear, for SGD)"
        evidence.append(("factor by which the best learning rate moves", text))
    yield _finding(
        declared,
        "batch-without-lr",
        names,
        f"{listed(names)} is searched while the learning rate stays fixed",
        "The best learning rate grows with the batch: at a fixed one every other batch size is judged at the "
        "wrong learning rate.",
        tuple(evidence),
    )


def warmup_without_lr(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    if names := _alone(declared, Role.WARMUP):
        yield _finding(
            declared,
            "warmup-without-lr",
            names,
            f"{listed(names)} is searched while the learning rate stays fixed",
            "Warmup is there to make a higher learning rate bearable: how much of it helps depends on that rate.",
        )


def idle_before_lr(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """An epsilon or the activation, which hardly matter, searched while the learning rate is not."""
    names = _alone(declared, Role.ACTIVATION, Role.NORM_EPSILON, Role.ADAM_EPSILON)
    if not declared.learning_rates:
        names += tuple(n for n in declared.searched if bare_epsilon(n, declared.space[n], limits))
    if names:
        yield _finding(
            declared,
            "idle-before-lr",
            names,
            f"{listed(names)}: searched while the learning rate is not",
            "Activations and epsilons change a result by less than a fifth of what other parameters do, the "
            "learning rate by ten times as much (tier 5 against tier 1, G1).",
        )


def architecture_before_lr(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """Width or depth searched while the learning rate is not. Whether it has been settled before, a declaration
    does not say."""
    if names := _alone(declared, Role.WIDTH, Role.DEPTH):
        yield _finding(
            declared,
            "architecture-before-lr",
            names,
            f"{listed(names)}: architecture is searched while the learning rate is not",
            "At a learning rate that suits none of them, architectures differ by noise. Go on only if the "
            "learning rate has been settled before.",
        )


def bare_epsilon(name: str, range_: Range, limits: LintThresholds) -> bool:
    """Whether it is called just ``eps`` or ``epsilon``, and all its values are those of a numerical one."""
    values = numbers(range_)
    return bool(values) and values[-1] <= limits.epsilon_below and words(name) in (("eps",), ("epsilon",))


def _alone(declared: Declared, *roles: Role) -> tuple[str, ...]:
    """The searched parameters of these roles, if no learning rate is searched."""
    return () if declared.learning_rates else declared.with_role(*roles)


def _finding(
    declared: Declared,
    id: str,  # noqa: A002
    names: tuple[str, ...],
    summary: str,
    why: str,
    evidence: tuple[tuple[str, Figure], ...] = (),
) -> Finding:
    fixed = with_role(declared.fixed, Role.LEARNING_RATE) or with_role(declared.space, Role.LEARNING_RATE)
    name = fixed[0] if fixed else "lr"
    default = declared.default(name)
    corrected = wide_enough(declared, name, *([default] if default is not None else []))
    known = (("learning rate", "not searched" if default is None else f"fixed at {number(default)}"),)
    return Finding(
        id,
        Level.WARNING,
        "G18",
        summary,
        why,
        f"Search {plain(name)} too: {in_words(corrected)}.",
        names,
        evidence + known,
        {name: corrected},
    )
