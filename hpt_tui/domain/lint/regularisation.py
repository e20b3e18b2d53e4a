"""G18, G37: dropout and weight decay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hpt_tui.domain.figures import plain
from hpt_tui.domain.lint.declared import Declared, numbers
from hpt_tui.domain.lint.finding import Finding, Level
from hpt_tui.domain.lint.thresholds import LintThresholds
from hpt_tui.domain.lint.wording import in_words, listed, number, span
from hpt_tui.domain.names import words
from hpt_tui.domain.practice import ADAM, ADAMW, WEIGHT_DECAY_BY_MODEL, WIDE_WEIGHT_DECAY, optimizer_named
from hpt_tui.domain.roles import Role, with_role
from hpt_tui.domain.space import Choices, FloatRange, ParamValue, Range


def dropout(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """A share dropped above 0.6 (warning) or 0.8 (error)."""
    for name in with_role(declared.space, Role.DROPOUT):
        values = numbers(declared.space[name])
        # More than 1 is no share: percent, or a number of things.
        if not values or not limits.dropout_warn < values[-1] <= 1:
            continue
        error = values[-1] > limits.dropout_error
        limit = limits.dropout_error if error else limits.dropout_warn
        corrected = _lowered(declared.space[name], limits.dropout_warn)
        yield Finding(
            "dropout",
            Level.ERROR if error else Level.WARNING,
            "G18",
            f"{plain(name)} goes up to {number(values[-1])}, above {number(limit)}",
            "A network that loses most of its units at every step cannot learn."
            if error
            else "So much dropout regularises hardly any network well; the trials there are mostly lost.",
            f"Search {in_words(corrected)}.",
            (name,),
            (("upper bound", values[-1]), ("limit", limit)),
            {name: corrected},
        )


def adam_with_l2(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """Adam with weight decay searched: Adam adds it to the gradient, where its own scaling undoes it."""
    decays = declared.with_role(Role.WEIGHT_DECAY)
    decays += tuple(n for n in declared.with_role(Role.REGULARISATION) if any("l2" in w for w in words(n)))
    if not decays or ADAM not in declared.optimizers:
        return
    optimizer = next(
        iter((*with_role(declared.space, Role.OPTIMIZER), *with_role(declared.fixed, Role.OPTIMIZER)))
    )
    searched = declared.space.get(optimizer)
    corrected = {optimizer: _decoupled(searched)} if isinstance(searched, Choices) else {}
    yield Finding(
        "adam-with-l2",
        Level.WARNING,
        "G18",
        f"{listed(decays)} is searched with Adam, which does not decay weights as it should",
        "Adam adds the decay to the gradient and then divides both by the gradient's size: the weights that "
        "move most are decayed least. AdamW decays the weights themselves.",
        "Take AdamW in place of Adam.",
        (*decays, optimizer),
        (("optimizers", ", ".join(declared.optimizers)), ("decay", in_words(declared.space[decays[0]]))),
        corrected,
    )


def decay_region(declared: Declared, limits: LintThresholds) -> Iterator[Finding]:
    """Weight decay whose range lies wholly outside what the task uses, or where no task is told, any (G37)."""
    usual = {model: u for model, u in WEIGHT_DECAY_BY_MODEL.items() if model == declared.task}
    region = next(iter(usual.values()), WIDE_WEIGHT_DECAY)
    for name in declared.with_role(Role.WEIGHT_DECAY):
        values = [v for v in numbers(declared.space[name]) if v > 0]
        if not values or (values[-1] >= region.low and values[0] <= region.high):
            continue
        rows = usual or WEIGHT_DECAY_BY_MODEL
        shown = "; ".join(f"{model} {span(u.low, u.high)}" for model, u in rows.items())
        corrected = FloatRange(WIDE_WEIGHT_DECAY.low, WIDE_WEIGHT_DECAY.high, log=True)
        yield Finding(
            "decay-region",
            Level.WARNING,
            "G37",
            f"{plain(name)} {span(values[0], values[-1])} lies outside "
            + (f"what is usual for {declared.task}" if usual else "every usual weight decay"),
            "Below the usual region it does nothing, above it the weights are pulled to 0.",
            f"Search {in_words(corrected)}.",
            (name,),
            (("range", in_words(declared.space[name])), ("usual", shown)),
            {name: corrected},
        )


def _lowered(range_: Range, high: float) -> Range:
    if isinstance(range_, Choices):
        kept = [o for o in range_.options if isinstance(o, (int, float)) and o <= high]
        return Choices(tuple(kept) or (0.0, high))
    if not isinstance(range_, FloatRange) or range_.low >= high:
        return FloatRange(0.0, high)
    if range_.step is None:
        return replace(range_, high=high)
    steps = int((high - range_.low) / range_.step + 1e-9)
    return replace(range_, high=round(range_.low + steps * range_.step, 12)) if steps else FloatRange(0.0, high)


def _decoupled(choices: Choices) -> Choices:
    """The choices with AdamW in place of Adam, spelt in the same way; once only."""
    has = any(optimizer_named(option) == ADAMW for option in choices.options)
    replaced: list[ParamValue] = []
    for option in choices.options:
        if optimizer_named(option) != ADAM:
            replaced.append(option)
        elif not has:
            replaced.append(_adamw(str(option)))
            has = True
    return Choices(tuple(replaced))


def _adamw(spelling: str) -> str:
    at = spelling.lower().index("adam") + len("adam")
    return spelling[:at] + ("w" if spelling[at - 4 : at].islower() else "W") + spelling[at:]
