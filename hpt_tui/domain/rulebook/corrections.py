"""C1 to C8: where hpt-tui does otherwise than the guide."""

from __future__ import annotations

from hpt_tui.domain.rulebook.rule import Rule

CORRECTIONS: tuple[Rule, ...] = (
    Rule(
        "C1",
        "A log scale cannot start at 0.",
        "The logarithm of 0 is nowhere.",
        "Model zero or a log range with a switch; hpt-tui lint --fix writes it.",
    ),
    Rule(
        "C2",
        "A best value equal to a bound is not what to look for.",
        "On a continuous range it never happens.",
        "Within 5 % of an end on the parameter's own scale, or the top decile crowding there, of enough trials.",
    ),
    Rule(
        "C3",
        "Optuna's Bayesian sampler is TPE.",
        "It is often called a Gaussian process, which it is not.",
        "Both are offered under their own names.",
    ),
    Rule(
        "C4",
        "Cosine after warmup ends at 0; one-cycle falls far below where it began.",
        "Published code says otherwise than its comments.",
        "The schedules are tested against their formulas.",
    ),
    Rule(
        "C5",
        "Half a per cent is half a percentage point of an accuracy.",
        "Of a loss or a reward it means nothing without a scale.",
        "Anything but an accuracy is judged relative to the finished trials; every text says which it is.",
    ),
    Rule(
        "C6",
        "Figures of case studies are illustrations.",
        "They were measured on other nets with other code.",
        "hpt-tui prints what it has measured itself.",
    ),
    Rule(
        "C7",
        "Square root is one rule of batch scaling, linear another.",
        "SGD with warmup follows the linear one more often.",
        "hpt-tui says which it used.",
    ),
    Rule(
        "C8",
        "Pruned trials hold information.",
        "Leaving them out bends the picture of the space.",
        "Each rule says whether it counts them: stop rules do, the best at an edge and importance do not.",
    ),
)
