"""How the rules do on the corpus: precision and recall of each flag."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hpt_tui.domain.flags.rules import check
from hpt_tui.domain.lint.declared import Declared
from hpt_tui.domain.lint.rules import lint
from tests.corpus import faulty, healthy
from tests.corpus.case import Case


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was raised for one study."""

    case: Case
    trials: int
    raised: frozenset[str]

    @property
    def missed(self) -> frozenset[str]:
        return self.case.expected - self.raised

    @property
    def wrong(self) -> frozenset[str]:
        return self.raised - self.case.expected - self.case.tolerated


@dataclass(frozen=True, slots=True)
class Score:
    """One flag's. A flag that was never raised has a precision of 1, one never due a recall of 1."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def cases(seed: int) -> list[Case]:
    return [*healthy.cases(seed), *faulty.cases(seed)]


def judge(some: Iterable[Case]) -> Iterator[Verdict]:
    faulty.quiet()
    for case in some:
        study, around = case.make()
        raised = {flag.id for flag in check(study, around=around)}
        # What only the space shows is lint's to say.
        found = {f"lint {finding.id}" for finding in lint(Declared(study.declared))}
        yield Verdict(case, len(study.trials), frozenset(raised | (found & case.expected)))


def scores(verdicts: Iterable[Verdict]) -> dict[str, Score]:
    """By flag, and of all of them together under ``all``."""
    known = list(verdicts)
    ids = sorted({flag for v in known for flag in (*v.case.expected, *v.wrong)})
    found = {
        flag: Score(
            sum(flag in v.case.expected and flag in v.raised for v in known),
            sum(flag in v.wrong for v in known),
            sum(flag in v.missed for v in known),
        )
        for flag in ids
    }
    total = [sum(getattr(s, part) for s in found.values()) for part in ("right", "wrong", "missed")]
    return {**found, "all": Score(*total)}


def table(verdicts: Iterable[Verdict]) -> str:
    known = list(verdicts)
    lines = [f"{'flag':<16} {'precision':>9} {'recall':>7}  right wrong missed"]
    for flag, score in scores(known).items():
        lines.append(
            f"{flag:<16} {score.precision:>9.2f} {score.recall:>7.2f}"
            f"  {score.right:>5} {score.wrong:>5} {score.missed:>6}"
        )
    odd = (v for v in known if v.wrong or v.missed)
    lines += [f"  {v.case.name}: missed {sorted(v.missed)}, wrong {sorted(v.wrong)}" for v in odd]
    healthy_ones = [v for v in known if v.case.healthy]
    lines.append(f"{len(known)} studies, {len(healthy_ones)} of them healthy")
    return "\n".join(lines)
