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
    edge_wide: float = 0.10
    """A crowd may stand so far from the end (own) …"""
    edge_crowd_wide: float = 0.8
    """… if this share of the top belongs to it (own: four of five)."""
    edge_lean: float = 0.25
    """The outer share of the range where half of the top must lie for the best one there to be more than
    one lucky trial (own: an idle parameter's best is near an end 1 time in 10)."""
    edge_gain: float = 0.7
    """How likely a trial of the newer half that lies in that outer share must beat one elsewhere, where enough
    are either (own: TPE gathers idle parameters somewhere, where they do no better than elsewhere)."""
    edge_crowd_rising: float = 0.25
    """The share of the top that is a crowd where the values still improve towards the end (own) …"""
    edge_rise: float = 0.6
    """… that is, where a trial at it so likely beats one in the stretch before it (own: 0.5 is no trend) …"""
    edge_rise_trials: int = 10
    """… with so many of either kind (own)."""
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
    """Calm points before a jump whose median, or whose last if that is lower, it is measured from, and points
    within which it must come down (own)."""
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
    """… and the share of its points that they must be (own) …"""
    spike_share_of_one: float = 0.10
    """… or this share: of ten epochs a bad one is enough, if other trials have theirs, too (own)."""
    spike_noise: float = 4.0
    """How many standard deviations of the calmer trials' noise a spike is at least (own: one in 30,000) …"""
    spike_noise_most: float = 0.25
    """… of which so much, as a share of the level, can be noise: what jumps about by more is unstable (own)."""
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

    failed_share: float = 0.20
    """More than this share of the newest finished trials failed is too many (G24) …"""
    failed_critical: float = 0.50
    """… and more than this is critical (own)."""
    failed_trials: int = 5
    """Finished trials before the share is judged (own)."""
    failed_least: int = 2
    """Failures below which it is none (own: one of three is an accident)."""

    repeats_looked_at: int = 1000
    """The newest finished trials that are searched for repeated configurations (own: what was long ago has been
    paid for, and the cost must not grow with the study)."""
    repeated_share: float = 0.10
    """More than this share of them repeating an earlier one is waste (own) …"""
    repeated_least: int = 3
    """… from so many repeats on (own)."""
    repeated_trials: int = 10
    """Finished trials before the share is judged (own)."""
    seeds_most: int = 5
    """Up to so many runs of one of the best configurations, with different results, are seeds (G28: 3; own)."""
    seeds_top: int = 10
    """How many of the best configurations may have been run again on purpose: G28's five, twice over (own)."""

    idle_trials: int = 10
    """Trials that were given a parameter before it counts as never varied (own)."""
    effect_trials: int = 50
    """Complete trials before a parameter can be said to have no effect (own) …"""
    effect_per_term: int = 5
    """… and how many more of them than terms in the model (own)."""
    effect_looked_at: int = 600
    """Trials that the model is fitted to, evenly taken from all (own: a millisecond's work)."""
    effect_explained: float = 0.8
    """The share of the values' variance that the model must explain before it tells of a parameter (own)."""
    effect_chance: float = 2.0
    """A gain of the fit below so many times that of pure noise is none (own: noise passes in nine of ten) …"""
    effect_none: float = 0.02
    """… if the effect that could have gone unseen is at most this share of all variance (own) …"""
    effect_middle: float = 0.2
    """… and at most this share of the spread of the middle half of the values (own: poor starts, or a noisy
    objective, make the variance so large that everything is small beside it)."""
    effect_trifle: float = 0.0005
    """An effect of at most this share of all variance, and of at most its root of that spread, is none, whatever
    noise alone would gain: with many trials any trifle stands out (own)."""
    effect_per_option: int = 10
    """Complete trials with an option before it can be said not to matter (own: TPE soon leaves the worse one)."""

    overdue_trials: int = 5
    """Finished trials that show how long a step, or a trial, takes (own)."""
    overdue_looked_at: int = 200
    """The newest of them that are looked at (own)."""
    overdue_slow: float = 0.95
    """The quantile of their paces that stands for a slow one (own: sizes differ)."""
    overdue_least: float = 60.0
    """Seconds below which nothing is overdue, whatever the pace (own: saving, validation)."""
    overdue_steps: float = 10.0
    """A step that takes so many times the trial's own pace is overdue, where somebody watched it (own)."""
    overdue_start: float = 5.0
    """A trial that takes so many times as long as a slow one needs for its next step is overdue, too (own)."""
    zombie_times: float = 10.0
    """A trial without a known worker that runs so many times as long as the longest is presumed dead (own)."""
    zombie_grace: float = 30.0
    """Seconds after its start in which a trial's worker may not have signed yet (own)."""

    seeds_least: int = 2
    """Repeated configurations among the best that make a comparison, and runs of each (G28 has five of three)."""

    fit_trials: int = 10
    """Complete trials before the best one's fit is told (own)."""
    fit_points: int = 5
    """Finite points that both curves need (own)."""
    fit_carried: float = 0.5
    """Overfit: less than this share of what the training loss fell did the held-out loss fall (own) …"""
    fit_risen: float = 0.10
    """… or the latter has risen from its lowest by this share of its fall, while training went on (own)."""
    fit_gap_points: float = 10.0
    """Overfit: training accuracy is so many percentage points above the held-out one (own)."""
    fit_small_gap_points: float = 5.0
    """Underfit: a gap of up to so many points is small (guide: 50 % against 48 %)."""
    fit_poor_points: float = 60.0
    """Underfit: both accuracies are below this (own: the guide's example is 50 % and 48 %) …"""
    fit_left: float = 0.6
    """… or the training loss has this share of an untrained net's left (own), the gap being a tenth at most."""
    fit_small_gap: float = 0.10
    """That tenth."""
    slow_points: int = 8
    """Finite points that a curve needs to be called slow (own)."""
    slow_tail: float = 0.2
    """The end of the curve that is looked at, as a share of it (own) …"""
    slow_gain: float = 0.10
    """… and the share of all improvement that fell into it: an exponential that has run three of its time
    constants gains 4 % there, a straight line 20 % (own) …"""
    slow_level: float = 0.02
    """… which must be this share of the value that it began with, too: what hardly learns is not slow (own)."""

    manual_runs: int = 5
    """Runs of a search by hand at most (G10, guide: 3 to 5)."""
    manual_halve: float = 2.0
    """By how much the learning rate is lowered where training oscillates (guide) …"""
    manual_lower: float = 3.0
    """… where it gets stuck after a fast start (guide) …"""
    manual_raise: float = 3.0
    """… and by how much raised where it still improves at the end (own: the guide only lowers) …"""
    manual_leap: float = 10.0
    """… or has hardly begun to learn (own: within five runs it must get there)."""
    manual_turns: float = 0.4
    """Oscillation: the share of the later half's steps that turn back (own: of noise two thirds do, of a descent
    none), each as large as spike_of_fall says."""
    manual_early: float = 0.5
    """A fast start: this share of the gain came in the first fifth (own: of a straight line a fifth does)."""
    manual_alike: float = 0.10
    """Ends that are apart by less than this share of the gain are equally good (own)."""
    manual_near: float = 1.5
    """Between a rate that is too high and one too low by less than this factor nothing is left to try (own: less
    than halving)."""
    manual_decade: float = 10.0
    """How far to either side of the rate that was found a search is to look (own: the two decades of G18)."""

    confirmed_trials: int = 20
    """Complete trials of either search before their bests are compared (G18: fewer are no search)."""
    confirmed_top: float = 0.10
    """The share of the best trials whose region the other search's best must lie in (C2's top decile) …"""
    confirmed_width: float = 0.5
    """The share of its range that they may span in a parameter that has a say (own: a region, not a range) …"""
    confirmed_slack: float = 0.05
    """… give or take this share of the range (C2's nearness)."""

    stop_window: int = 50
    """Trials over which the improvement per trial is measured (G26.1, guide: it looks at fifty at a time)."""
    stop_before: int = 20
    """Trials before that window (G18: fewer are no search)."""
    stop_improvement: float = 0.1
    """Per cent per trial below which it is not worth going on (G26.1, guide)."""
    stop_same_best: int = 20
    """Trials for which the same configuration has been the best (G26.2, guide)."""
    stop_no_gain: int = 30
    """Trials without improvement (G26.3, guide)."""
    stop_near: float = 0.8
    """From this share on a stop rule counts as near (own)."""

    check_trials: int = 5
    """Trials that the checklist's lines need; its last asks for five random ones (G25)."""

    noise_wide: float = 2.0
    """Standard errors of the difference between tuned and default within which it is noise (G27; own: 95 %)."""


DEFAULT_THRESHOLDS = Thresholds()
