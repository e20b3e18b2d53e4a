"""G36: the decision tree, and what to answer to what is often said, with the standard numbers."""

from __future__ import annotations

from hpt_tui.domain.advice.thresholds import DEFAULT_ADVICE as LIMITS
from hpt_tui.domain.advice.wording import hours

TREE: tuple[tuple[str, str], ...] = (
    ("How does the training go?", ""),
    ("both losses high", "more capacity or longer training; no setting cures it"),
    ("too slow", "the learning rate first"),
    ("jumps", "a lower learning rate, larger batches, clipped gradients"),
    ("training low, validation high", "weight decay, dropout, schedule"),
    ("well", "leave it as it is"),
    ("How many parameters?", ""),
    (f"up to {LIMITS.grid_parameters}", "by hand or a grid"),
    (f"up to {LIMITS.random_parameters}, or unknown", "at random"),
    ("more", "Bayesian (TPE)"),
    ("How much GPU time?", ""),
    (f"under {hours(LIMITS.short)}", "the learning rate alone"),
    (f"under {hours(LIMITS.medium)}", "at random, 3 to 4 parameters"),
    ("more", "Bayesian; several seeds for the final few"),
    ("How many seeds?", ""),
    ("while searching", "one: more configurations find more"),
    (f"for the best {LIMITS.finalists}", f"{LIMITS.seeds} each, as mean and deviation"),
)
"""Questions, with nothing beside them, and below each the cases and what to do."""

SAID: tuple[tuple[str, str], ...] = (
    (
        "A grid leaves nothing out.",
        "It grows by a power with each parameter, and tries few values of the one that matters.",
    ),
    ("The more parameters, the better.", "Most hardly matter: search by tiers, the learning rate first (G1, G3)."),
    (
        "The architecture comes first.",
        "At a poor learning rate architectures differ by noise: settle the rate first.",
    ),
    ("Even steps cover a range evenly.", "A learning rate acts by factors: search it on a log scale (G18)."),
    ("Longer training would have helped.", "Poor configurations mostly show early: prune them (G21)."),
    ("The best of five runs is the best.", f"Five differ by luck: run {LIMITS.lint.trials} at least."),
    ("This learning rate works.", f"One run may be luck: {LIMITS.seeds} seeds show what is noise (G28)."),
    ("There is too little compute for a search.", "Then many configurations with one seed each pay most (G29)."),
)
"""What is often said, and the answer."""
