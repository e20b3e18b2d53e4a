"""What a judged range test means for a search, in sentences: its range against the declared one, and the batch."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain.figures import metric, plain
from hpt_tui.domain.lint.declared import Declared, numbers, orders
from hpt_tui.domain.lint.finding import Finding
from hpt_tui.domain.lint.interactions import scaled
from hpt_tui.domain.lint.learning_rate import lr_region, narrow_lr
from hpt_tui.domain.lint.thresholds import LintThresholds
from hpt_tui.domain.lint.wording import number, span, times
from hpt_tui.domain.lr_range import LrRange, Outcome, Suggestions
from hpt_tui.domain.practice import SGD, optimizer_named
from hpt_tui.domain.range_request import Swept
from hpt_tui.domain.roles import Role
from hpt_tui.domain.space import ParamValue, Range


def course(swept: Swept, found: LrRange) -> str:
    """How the loss went: where it was lowest, and where it broke."""
    lowest = f"{metric(float(found.smooth[found.lowest]))} at {number(swept.rates[found.lowest])}"
    first = metric(float(found.smooth[0]))
    if found.outcome is Outcome.FLAT:
        return f"it does not fall anywhere between {span(swept.rates[0], swept.rates[-1])}: {first} at first"
    fell = f"it falls from {first} to {lowest}"
    if found.broken is None:
        return f"{fell} and never diverges"
    how = "diverges" if found.outcome is Outcome.DIVERGED else "rises again, without diverging,"
    return f"{fell} and {how} at {number(swept.rates[found.broken])}"


def unsure(found: LrRange) -> str:
    """Why nothing, or nothing sure, can be suggested, and what to do; empty where there is no doubt."""
    if found.outcome is Outcome.FALLING:
        return "unsure: the loss never diverges, so that the best rate may be higher; raise --to"
    if found.outcome is Outcome.FLAT:
        return (
            "nothing to suggest: the loss never falls; take more --steps, another --from or --to, or see whether "
            "the step trains the model at all"
        )
    return ""


def at_once(swept: Swept) -> str:
    """What to say of a test that diverged before it had fallen."""
    steps = f"{len(swept.losses)} step{'s' * (len(swept.losses) != 1)}"
    return (
        f"the loss diverges at once: {metric(swept.losses[-1])} after {steps}, at {number(swept.rates[-1])}, "
        "and it had not fallen before"
    )


def against(found: Suggestions, declared: Range) -> str:
    """The suggested range beside the declared one; empty where that has no numbers."""
    values = numbers(declared)
    if not values or values[-1] <= 0:
        return ""
    low, high = values[0], values[-1]
    if high < found.low or low > found.high:
        return f"{span(low, high)} misses it: all of that lies {'below' if high < found.low else 'above'}"
    beyond = [f"up to {number(found.high)} ({times(orders(high, found.high))} orders of magnitude)"] * (
        high < found.high
    )
    before = [f"from {number(found.low)} on ({times(orders(found.low, low))} orders of magnitude)"] * (
        low > found.low
    )
    if missed := [*before, *beyond]:
        return f"{span(low, high)} leaves out what lies {' and '.join(missed)}"
    return f"{span(low, high)} holds it"


def about_declared(
    declared: Declared, name: str, optimizer: ParamValue, limits: LintThresholds
) -> Iterator[Finding]:
    """What lint says of the declared range of the learning rate ``name``, for the optimizer tried (G8)."""
    known = optimizer_named(optimizer)
    alone = Declared({name: declared.space[name]}, fixed={"optimizer": known} if known else {})
    for rule in (narrow_lr, lr_region):
        yield from rule(alone, limits)


def other_batches(declared: Declared, params: dict[str, ParamValue], optimizer: str) -> str:
    """How a rate that was found at one batch size follows the others that are searched (G20); empty without."""
    for name in declared.with_role(Role.BATCH_SIZE):
        values, at = numbers(declared.space[name]), params.get(name)
        if isinstance(at, bool) or not isinstance(at, (int, float)) or at <= 0 or not values or values[0] <= 0:
            continue
        ends = [v for v in dict.fromkeys((values[0], values[-1])) if v != at]
        told = " and ".join(f"×{times(scaled(1.0, at, v))} at {number(v)}" for v in ends)
        linear = " and ".join(f"×{times(scaled(1.0, at, v, linear=True))}" for v in ends)
        more = (
            f"; by the linear one, usual for SGD with warmup, {linear}"
            if optimizer_named(optimizer) == SGD
            else ""
        )
        return f"found at {plain(name)} {number(at)}; by the square root rule {told}{more}"
    return ""
