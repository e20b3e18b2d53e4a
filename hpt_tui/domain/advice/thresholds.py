"""Every number that advice rests on, the tables of practice aside. No other module of advice holds one."""

from __future__ import annotations

from dataclasses import dataclass

from hpt_tui.domain.lint.thresholds import DEFAULT_LIMITS, LintThresholds


@dataclass(frozen=True, slots=True)
class AdviceThresholds:
    """Hours are GPU-hours, counts are trials unless said otherwise.

    "Guide" is the domain document behind ``spec.md``, "own" a choice of this program, with its reason.
    """

    lint: LintThresholds = DEFAULT_LIMITS
    """What lint judges a plan by: the least of trials, grids that are too large (G14, G18)."""

    # Tune or leave
    too_short: float = 1.0
    """A budget below it is spent better by hand (G5, guide)."""
    few_examples: int = 1_000
    """Fewer are a case for more data, not for tuning (G5, guide)."""
    pretrained_below: int = 10_000
    """With fewer examples one starts from a pre-trained model (G7, guide)."""
    weights_per_example: int = 10
    """Weights of a model from scratch for each example: the guide's three sizes, 10 K -> 100 K, 100 K -> 1 M and
    1 M -> 10 M, lie on this line (G7) …"""
    large_from: int = 1_000_000
    """… which from so many examples on is a lower bound (G7, guide)."""

    # Which strategy
    grid_parameters: int = 2
    """Up to so many: a grid, or by hand (G11, guide) …"""
    random_parameters: int = 4
    """… up to so many: at random, and Bayesian beyond (G11, guide)."""
    few_parameters: int = 3
    """The matrix' column of few parameters; more are many (G13, guide) …"""
    many_parameters: int = 6
    """… which in the guide ends here: more are judged like it, and told so (G13)."""
    short: float = 10.0
    """A budget below it is short (G12, G13, guide) …"""
    medium: float = 100.0
    """… below this medium, long from it on (G12, G13, guide) …"""
    long: float = 1_000.0
    """… and from this on one with early stopping and ensembles (G12, guide)."""
    grid_values: int = 5
    """Values of a continuous parameter in a grid (G14; the guide's 5 x 5 x 5 x 5 x 5) …"""
    grid_least: int = 3
    """… and the fewest that still show a shape (own; the guide's small grid has 3)."""
    grid_most: int = 50
    """A grid is fine below so many configurations (guide, grid search)."""

    # How many at once, how many trials
    trials_for_four: int = 200
    """With fewer trials 4 parameters at once (G12: 50-100 over 3-4) …"""
    trials_for_five: int = 500
    """… with fewer than these 5 (G12: 200-300 over 4-5), and all of them with more (G12: 500+)."""
    by_hand: tuple[int, int] = (3, 5)
    """Runs by hand until a learning rate is good (G10, guide)."""
    rates: tuple[int, int] = (5, 10)
    """Values in a search of the learning rate alone (G12, guide)."""
    effort_grid: tuple[int, int] = (5, 25)
    """Usual number of configurations for as many parameters as a grid can bear (G11, guide) …"""
    effort_random: tuple[int, int] = (50, 200)
    """… as random search can, or where their number is unknown (G11, guide) …"""
    effort_bayes: tuple[int, int] = (100, 500)
    """… and for more (G11, guide)."""

    # Phases and seeds
    explore: int = 100
    """Configurations of the first phase, over the whole space (G17, guide) …"""
    refine: int = 50
    """… of the second, round the best (G17, guide) …"""
    refine_top: int = 10
    """… ten (G17, guide) …"""
    refine_least: int = 10
    """… if there are that many trials for it (own: fewer explore a shrunk space no better) …"""
    finalists: int = 5
    """… and of the third, each with several seeds (G17, G28, guide)."""
    finals_share: float = 0.5
    """The share of the budget that the last phase costs at most (own: it chooses among what the others found)."""
    seeds: int = 3
    """Seeds for each of the finalists (G17, G28, guide) …"""
    seeds_long: int = 5
    """… and with the longest budget, for an ensemble (guide: 3 and more, top 5 with 5)."""
    seeds_compared: int = 5
    """Seeds for each configuration in the plan that G29 warns of (guide: 20 x 5 against 100 x 1)."""
    good_share: float = 0.05
    """The best share of the space that a plan is to hit at least once (own: the usual yardstick of random
    search, 60 trials for 95 %)."""

    # What a study tells of itself
    measured_trials: int = 3
    """Complete trials with known times before a median of them stands for the rest (own)."""
    importance_trials: int = 20
    """Complete trials before measured importances go before the tiers (own: the evaluator compares the best
    tenth with all; below that it is one trial)."""
    negligible: float = 0.05
    """A measured importance below it in an upper tier disagrees with the tier (own: G2's least share)."""
    upper_tier: int = 2
    """Tiers up to this one are expected to matter (G1) …"""
    strong: float = 0.25
    """… and a parameter of a lower tier that has more than this disagrees with it too (own)."""


DEFAULT_ADVICE = AdviceThresholds()
