"""G24: the best candidates are closer together than two runs of one and the same configuration."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain import figures
from hpt_tui.domain.configurations import repeats
from hpt_tui.domain.configurations import seed_noise as noise_of
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import Thresholds
from hpt_tui.domain.snapshot import StudySnapshot


def seed_noise(study: StudySnapshot, limits: Thresholds) -> Iterator[Flag]:
    """Of the configurations that were run more than once, see :mod:`~hpt_tui.domain.configurations`: the noise
    against the gap between the two best means. Silent unless the best of all configurations is among them: the
    winner's rank is what is in doubt."""
    found = [r for r in repeats(study, limits.repeats_looked_at) if r.differ] if study.single else []
    noise = noise_of(found)
    if len(found) < limits.seeds_least or noise is None or not study.ranked:
        return
    best, second = found[0], found[1]
    if int(study.ranked.places[0]) not in {int(p) for r in found[: limits.seeds_top] for p in r.places}:
        return
    gap = abs(best.mean - second.mean)
    if noise[0] <= gap:
        return
    runs = sum(len(r.values) for r in found)
    metric = figures.plain(study.metric)
    first, other = (study.trials.select(r.places).numbers for r in (best, second))
    yield Flag(
        "seed-noise",
        Severity.WARNING,
        f"{metric} differs by {figures.gap(noise[0])} between runs of one configuration, and by only "
        f"{figures.gap(gap)} between the two best: which of them is better is not known",
        "The candidates are as good as each other, as far as so few seeds can tell.",
        "Run the best few with more seeds (V, or hpt-tui validate) and compare means, or take the cheapest.",
        (
            ("standard deviation between seeds", figures.gap(noise[0])),
            ("gap between the two best means", figures.gap(gap)),
            ("best mean", f"{figures.metric(best.mean)} of {len(best.values)} runs (#{first[0]})"),
            ("second best mean", f"{figures.metric(second.mean)} of {len(second.values)} runs (#{other[0]})"),
            ("configurations run several times", len(found)),
            ("their runs", runs),
        ),
        trials=(first + other)[: limits.trials_shown],
        why_no_order="How many seeds it is worth is for you to say: V asks.",
        rule="G24",
    )
