"""Advice in words: the entries of its page, whoever draws them."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain.advice.advice import Advice
from hpt_tui.domain.advice.need import Capacity
from hpt_tui.domain.advice.plan import Plan
from hpt_tui.domain.advice.priorities import Priorities, Rates
from hpt_tui.domain.advice.situation import Measured, Situation
from hpt_tui.domain.advice.wording import counted, hours, many
from hpt_tui.domain.figures import about, pace, percent, plain
from hpt_tui.domain.lint.wording import in_words, listed, number, span


def facts(s: Situation) -> str:
    """What is known: ``6 parameters, 40 h of GPU time, 30 min a trial, 2 GPUs``."""
    known = [counted(s.parameters, "parameter") if s.parameters is not None else "parameters unknown"]
    if s.hours is not None:
        known.append(f"{hours(s.hours)} of GPU time")
    if s.cost is not None:
        known.append(f"{about(s.cost)} a trial")
    return ", ".join([*known, counted(s.gpus, "GPU")])


def told(advice: Advice) -> Iterator[tuple[str, str]]:
    """Label and text of each entry: what to do first, what it rests on last."""
    yield from _need(advice)
    yield from _strategy(advice)
    yield from _plan(advice.plan, advice.situation)
    yield from _priorities(advice.priorities)
    yield from _grid(advice)
    yield from (("usual", f"{label}: {text} (G37)") for label, text in advice.practice)
    yield from (("changes", f"{change.when}: {change.then}") for change in advice.changes)
    if advice.situation.measured is not None:
        yield "measured", _measured(advice.situation.measured)
    yield from (("assumed", text) for text in advice.assumptions)


def _need(advice: Advice) -> Iterator[tuple[str, str]]:
    need = advice.need
    first = need.decisive
    verdict = "yes" if need.tune else "no"
    if first is None:
        yield "tune", f"{verdict}, if the result is not good enough yet: nothing that was told is against it (G5)"
    else:
        yield "tune", f"{verdict}: {first.text} ({first.rule})"
    for reason in need.reasons[1:]:
        joint = "and" if reason.tune is need.tune else "though"
        yield "tune", f"{joint} {reason.text} ({reason.rule})"
    if need.instead:
        yield "instead", need.instead
    if advice.capacity is not None:
        yield "model", _capacity(advice.capacity)
    if not need.tune:
        yield "", "What follows is for a search that is made all the same."


def _capacity(size: Capacity) -> str:
    if size.weights is None:
        return f"start from a pre-trained one: {size.examples:,} examples are too few from scratch (G7)"
    more = ", or more" if size.more else ""
    return f"about {size.weights:,} weights{more}, for {size.examples:,} examples (G7)"


def _strategy(advice: Advice) -> Iterator[tuple[str, str]]:
    choice = advice.choice
    alone = ", the learning rate alone" if choice.alone else ""
    yield "strategy", f"{choice.approach.words}{alone} ({choice.rule}): {choice.reason}"
    for opinion in choice.opinions:
        other = " (not followed)" if opinion in choice.dissent else ""
        yield "strategy", f"{opinion.rule}, {opinion.basis}: {opinion.words}{other}"
    if choice.weighed:
        yield "strategy", choice.weighed
    plan = advice.plan
    yield "sampler", f"{plan.sampler.call}: {plan.sampler.reason}"
    yield "pruner", f"{plan.pruner.call}: {plan.pruner.reason}"
    if plan.sampler.option:
        options = " ".join(filter(None, (plan.sampler.option, plan.pruner.option)))
        yield "run", f"hpt-tui run FILE.py {options}"


def _plan(plan: Plan, s: Situation) -> Iterator[tuple[str, str]]:
    low, high = plan.usual
    fits = "" if plan.fits is None else f" of {plan.fits:,} that the budget pays for"
    wall = "" if plan.wall is None else f", {about(plan.wall)} on {counted(s.gpus, 'GPU')}"
    yield (
        "trials",
        f"{plan.trials:,}{fits}{wall}; {low:,} to {high:,} are usual; stop rules may end it earlier (G15)",
    )
    for phase in plan.phases:
        cost = "" if phase.hours is None else f", {hours(phase.hours)}"
        runs = f"{phase.configurations:,} with {counted(phase.seeds, 'seed')} each{cost}"
        yield "phases", f"{phase.name}: {runs}" + (f"; {phase.about}" if phase.about else "")
    if plan.command:
        yield "phases", plan.command
    if plan.seeds is not None:
        seeds = plan.seeds
        yield (
            "seeds",
            f"one each until the end: {seeds.total:,} configurations hit the best {percent(seeds.share)} of the "
            f"space with a chance of {_chance(seeds.many_chance)}, {seeds.few:,} with {seeds.each} seeds each "
            f"with {_chance(seeds.few_chance)} (G29)",
        )


def _chance(share: float) -> str:
    return "over 99 %" if share > 0.994 else percent(share)


def _priorities(found: Priorities) -> Iterator[tuple[str, str]]:
    source = "as measured, G4" if found.measured else "by tier, G1"
    yield "search", f"now: {listed(found.now)} ({source})"
    if later := [p.name for p in found.parameters if not p.now]:
        yield "search", f"later, until then at the baseline: {listed(later)} (G3)"
    source = "as measured, G4" if found.measured else "G2"
    shares = "; ".join(f"{percent(share.share)} {share.group.value}" for share in found.shares)
    yield "budget", f"{shares} ({source})"
    yield from (("but", text) for text in found.disagreements)
    yield "rates", _rates(found.rates)


def _rates(rates: Rates) -> str:
    usual = "; ".join(
        f"usual for {whose} {span(u.low, u.high)}"
        + (f", start at {number(u.start)}" if u.start is not None else "")
        for whose, u in rates.usual.items()
    )
    own = f"; the space has {in_words(rates.given)}" if rates.given is not None else ""
    name = plain(rates.name) or "learning rate"
    measured = "; hpt-tui lr-find FILE.py measures them (G9)"
    return f"{name} from {in_words(rates.explore)}" + (f"; {usual}" if usual else "") + f"{own} (G8){measured}"


def _grid(advice: Advice) -> Iterator[tuple[str, str]]:
    grid = advice.grid
    if grid is None:
        return
    cost = "" if grid.hours is None else f", {hours(grid.hours)}"
    at_random = f"{grid.random} at random" + (
        "" if grid.random_hours is None else f" take {hours(grid.random_hours)}"
    )
    verdict = f"too many; {at_random}" if grid.too_large else f"no more than {grid.random}"
    yield "grid", f"{many(grid.configurations)} configurations{cost}: {verdict} (G14)"


def _measured(m: Measured) -> str:
    parts = [f"{about(m.trial)} a trial, median of {counted(m.complete, 'complete one')}"]
    if m.pruned_trial is not None:
        parts.append(f"{about(m.pruned_trial)} for {m.pruned} pruned ({percent(m.pruned_share)})")
    if m.step is not None:
        parts.append(f"{pace(m.step)} a step")
    if m.saved is not None:
        parts.append(f"pruning saved {percent(m.saved)} of the steps (G23)")
    if m.importances:
        shown = sorted(m.importances.items(), key=lambda item: -item[1])[:8]
        parts.append("importances " + ", ".join(f"{plain(name)} {percent(share)}" for name, share in shown))
    return "; ".join(parts)
