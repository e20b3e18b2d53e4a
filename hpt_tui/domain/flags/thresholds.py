"""Every number that a red flag is judged by. No other module holds one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a flag is raised. Shares are 0..1, counts are trials unless said otherwise.

    "Guide" is the domain document behind ``spec.md``, "own" a choice of this program, with its reason.
    """

    recent: int = 40
    """How many of the newest trials are looked at for what steering can cure: a cured flag goes away (own)."""

    trials_shown: int = 20
    """How many trial numbers a flag names at most (own)."""

    edge_trials: int = 10
    """Complete trials before a best at an edge means anything (C2 asks for enough; the figure is own)."""
    edge_near: float = 0.05
    """How near to an end of the range, on its own scale, counts as at it, as a share of the range (C2)."""
    edge_top: float = 0.10
    """The share of the best trials that may crowd at an end: the top decile (C2) …"""
    edge_top_least: int = 5
    """… but never fewer than this (own: below five a crowd is two trials)."""
    edge_crowd: float = 0.5
    """The share of the top that must be near the end to be a crowd (own) …"""
    edge_chance: float = 0.02
    """… and how likely at most so many would be there if the parameter had no effect (own; it decides on
    coarse ranges, where a fifth of all trials lie at an end anyway)."""
    edge_lean: float = 0.25
    """The outer share of the range where half of the top must lie for the best one there to be more than
    one lucky trial: below it the flag is only INFO (own: an idle parameter's best is near an end 1 time in 10)."""
    edge_top_enough: int = 20
    """From this many trials on, a top that does not lean to the end outvotes one best trial there (own)."""
    edge_gain: float = 0.7
    """How likely a trial of the newer half that lies in that outer share must beat one elsewhere; below it the
    flag is only INFO (own: TPE gathers idle parameters somewhere, where they do no better than elsewhere)."""
    edge_fresh: int = 5
    """Complete trials drawn from a range that reaches as far as the one in force, before its end is judged:
    a range that was just widened has not been searched yet (own)."""
    edge_beyond: int = 3
    """Ended trials beyond the end that show it has been looked at: a narrowed end is no edge (own)."""

    pruned_share: float = 0.90
    """More than this share of the finished trials pruned is too many (G24.4; the guide's example is 95 %)."""
    pruned_trials: int = 20
    """Finished (complete or pruned) trials before the share is judged (own)."""

    spike_points: int = 8
    """Finite points that a curve needs to be judged (own)."""
    spike_blocks: int = 100
    """A longer curve is averaged down to so many points, which takes the noise of minibatches out (own)."""
    spike_window: int = 3
    """Points before a jump whose median it is measured from, and within which it must come down (own)."""
    spike_rise: float = 0.5
    """How far above that median a spike goes, as a share of its size (own: epoch curves wobble by 0.1) …"""
    spike_of_fall: float = 0.10
    """… and as a share of all that the loss has fallen since its start: a flat end near 0 is no spike (own)."""
    spike_of_fall_signed: float = 0.5
    """The latter for a loss that takes both signs, whose level means nothing (own)."""
    spike_return: float = 0.5
    """The share of its rise that a spike loses again: what stays up is divergence (own)."""
    spike_count: int = 2
    """Spikes in a curve that make the trial spiky (own) …"""
    spike_share: float = 0.05
    """… and the share of its points that they must be (own)."""
    spiky_trials: int = 3
    """Spiky trials among the recent ones (own) …"""
    spiky_share: float = 0.30
    """… and their share, for the flag (own)."""
    lr_factor: float = 10.0
    """By how much the learning rate is to be lowered (G24.1, guide)."""

    death_trials: int = 5
    """Finished trials before deaths are counted (own)."""
    death_share: float = 0.20
    """The share of them that ended within one step or went NaN/inf (G24.5; G24's figure for failures)."""
    death_critical: float = 0.50
    """The share that makes it critical (own)."""
    death_steps: int = 1
    """Steps: a trial that reported at most so many ended early (G24.5: within one epoch)."""

    apart: float = 0.85
    """How well a parameter must tell ill trials from well ones: the chance that an ill one has the higher
    (or the lower) value, 0.5..1 (own) …"""
    apart_trials: int = 3
    """… with so many of either kind (own)."""

    alike_trials: int = 10
    """Complete trials before their spread is judged (own)."""
    alike_points: float = 0.5
    """A spread of an accuracy within this many percentage points is none (G24.2, C5)."""
    alike_relative: float = 0.005
    """The same for any other objective, as a share of its median's size (G24.2, C5)."""

    baseline_trials: int = 10
    """Complete tuned trials before losing to the baseline means something (G24.6; the figure is own)."""


DEFAULT_THRESHOLDS = Thresholds()
