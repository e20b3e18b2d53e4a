"""Every number that a space is linted by, the tables of practice aside. No other module of lint holds one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LintThresholds:
    """When a finding is made. Orders are orders of magnitude (decades).

    "Guide" is the domain document behind ``spec.md``, "own" a choice of this program, with its reason.
    """

    linear_orders: float = 1.0
    """A range over more orders belongs on a log scale (G18, guide)."""
    even_gaps: float = 1.5
    """A list of three or more values whose greatest gap is at most so many times its least is spaced linearly
    (own: the guide's linear lists have equal gaps up to their first, its good ones ratios from 5 on)."""
    lr_orders: float = 2.0
    """A learning rate's range over fewer orders is too narrow to explore (G18, guide)."""
    lr_decay_near: float = 0.5
    """A decay factor between this and 1 differs little between the two scales (own: at most one octave)."""
    zero_orders: float = 4.0
    """How far below its upper bound a range that starts at 0 is made to start (own: the guide's weight decay
    spans 1e-5 to 1e-1)."""
    dropout_warn: float = 0.6
    """Dropout above it is unusual (G18, guide) …"""
    dropout_error: float = 0.8
    """… and above this destroys the network (G18, guide)."""
    epsilon_below: float = 1e-3
    """A parameter named ``eps`` or ``epsilon`` and nothing else, all below this, is a numerical epsilon (own: an
    exploration rate or an attack's strength is larger)."""
    parameters: int = 5
    """More searched at once need tiers (G18, guide)."""
    grid: int = 100
    """A grid of more configurations loses to random search (G18, guide) …"""
    random: int = 100
    """… of about so many (G12: 50-100, guide: 100-200 often beat 100 points of a grid)."""
    trials: int = 20
    """A search of fewer trials shows nothing (G18, guide: the first 20 don't converge) …"""
    bayes_trials: int = 50
    """… and a Bayesian one of fewer than so many has not warmed up (G18, guide) …"""
    bayes_enough: int = 100
    """… which it has by now (G18, guide)."""
    pruner_warmup: int = 10
    """Steps in which the median pruner that hpt-tui uses leaves every trial alone (G21)."""
    unpruned: int = 20
    """Finished trials that reported several steps, none of them pruned, that show that no pruner is at work (own:
    the median pruner judges from the 6th on, and would let 15 median-or-better trials in a row pass 1 time in
    30,000)."""


DEFAULT_LIMITS = LintThresholds()
