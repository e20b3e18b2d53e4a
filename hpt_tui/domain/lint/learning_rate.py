"""G18, G8: the range of the learning rate: wide enough, and where its optimizer works."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain.figures import plain
from hpt_tui.domain.lint.declared import Declared, numbers, orders
from hpt_tui.domain.lint.finding import Finding, Level
from hpt_tui.domain.lint.thresholds import LintThresholds
from hpt_tui.domain.lint.wording import in_words, listed, span
from hpt_tui.domain.practice import WIDE_LEARNING_RATE
from hpt_tui.domain.space import FloatRange


def narrow_lr(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """A learning rate under two orders of magnitude; ranges from 0 are :func:`linear_scale`'s."""
    for name in declared.learning_rates:
        values = numbers(declared.space[name])
        if not values or values[0] <= 0 or (spanned := orders(values[0], values[-1])) >= limits.lr_orders - 1e-9:
            continue
        corrected = wide_enough(declared, name, values[0], values[-1])
        yield Finding(
            "narrow-lr",
            Level.WARNING,
            "G18",
            f"{plain(name)} spans {spanned:.1f} orders of magnitude, fewer than {limits.lr_orders:.0f}: "
            "the best one may lie outside",
            "Good learning rates differ by factors of ten from one model to the next; narrow the range "
            "after the first exploration, not before.",
            f"Search {in_words(corrected)}.",
            (name,),
            (("range", in_words(declared.space[name])), ("orders of magnitude", round(spanned, 2))),
            {name: corrected},
        )


def lr_region(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """A learning rate whose range lies wholly outside the usual one of an optimizer, or of the task (G8); INFO
    where it serves another one of the optimizers that are searched."""
    for name in declared.learning_rates:
        values = numbers(declared.space[name])
        if not values or values[-1] <= 0:
            continue
        low, high = values[0], values[-1]
        usual = declared.usual_rates(name)
        missed = [whose for whose, u in usual.items() if high < u.low or low > u.high]
        if not missed:
            continue
        regions = "; ".join(f"{whose} {span(usual[whose].low, usual[whose].high)}" for whose in missed)
        all_missed = len(missed) == len(usual)
        corrected = wide_enough(declared, name)
        yield Finding(
            "lr-region",
            Level.WARNING if all_missed else Level.INFO,
            "G18",
            f"{plain(name)} {span(low, high)} misses the usual learning rates of {listed(missed)}",
            "What is only ever given learning rates that don't suit it cannot win, however good the other "
            "parameters.",
            f"Search {in_words(corrected)}." if all_missed else "Widen it, or give each optimizer its own.",
            (name,),
            (("range", in_words(declared.space[name])), ("usual", regions), ("source", "G8")),
            {name: corrected} if all_missed else {},
        )


def wide_enough(declared: Declared, name: str, *own: float) -> FloatRange:
    """For the learning rate ``name`` a log range to explore: a decade round the usual ones within 1e-5 .. 1e-1,
    all of that where none is known; and the numbers of its ``own``, those from 0 down left out."""
    usual = declared.usual_rates(name).values()
    wide = WIDE_LEARNING_RATE
    low = max(wide.low, min((u.low / 10 for u in usual), default=wide.low))
    high = min(wide.high, max((u.high * 10 for u in usual), default=wide.high))
    return FloatRange(min([low, *(x for x in own if x > 0)]), max(high, *own, 0.0), log=True)
