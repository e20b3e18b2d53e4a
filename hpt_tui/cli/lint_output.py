"""What lint has found, as text for people, JSON for programs, and Python for the study file."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from hpt_tui.cli.declarations import Declaration
from hpt_tui.cli.page import Document, finite, range_document, wrapped
from hpt_tui.domain.figures import plain
from hpt_tui.domain.lint.finding import Finding, Level
from hpt_tui.domain.lint.wording import in_words
from hpt_tui.domain.space import Choices, IntRange, ParamValue, Range

_WORDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "remark"}


def as_text(found: Declaration, findings: Sequence[Finding]) -> str:
    """All findings, worst first, 80 columns wide."""
    searched = len(found.declared.searched)
    head = f"{plain(found.name)} ({found.origin.value}): {searched} parameter{'s' * (searched != 1)} searched, "
    return "\n".join([head + _counted(findings), *(line for f in findings for line in _lines(f))])


def _counted(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.level for finding in findings)
    words = [f"{counts[level]} {_WORDS[level]}{'s' * (counts[level] != 1)}" for level in Level]
    return ", ".join(words)


def _lines(finding: Finding) -> Iterator[str]:
    yield ""
    yield from wrapped(f"{finding.level.value} {finding.rule} {finding.id}: {finding.summary}", "", "  ")
    if finding.evidence:
        evidence = "; ".join(f"{label}: {_figure(value)}" for label, value in finding.evidence)
        yield from wrapped(evidence, "  found  ")
    yield from wrapped(finding.why, "  why    ")
    yield from wrapped(finding.fix, "  fix    ")


def _figure(value: float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def as_json(found: Declaration, findings: Sequence[Finding]) -> str:
    """One document: ``origin`` (``study file``, ``study`` or ``sweep``), ``name``, ``space``,
    ``counts`` by severity, and ``findings``, worst first. Numbers that are not finite are texts."""
    document = {
        "origin": found.origin.value,
        "name": found.name,
        "space": _space_document(found.declared.space),
        "counts": {level.value: sum(f.level is level for f in findings) for level in Level},
        "findings": [_finding_document(f) for f in findings],
    }
    return json.dumps(document, indent=2, allow_nan=False)


def _finding_document(finding: Finding) -> Document:
    return {
        "id": finding.id,
        "severity": finding.level.value,
        "rule": finding.rule,
        "summary": finding.summary,
        "parameters": list(finding.parameters),
        "evidence": {label: finite(value) for label, value in finding.evidence},
        "why": finding.why,
        "fix": finding.fix,
        "corrected": _space_document(finding.corrected),
    }


def _space_document(space: Mapping[str, Range]) -> Document:
    return {name: range_document(range_) for name, range_ in space.items()}


def as_python(found: Declaration, corrected: Mapping[str, Range], findings: Sequence[Finding]) -> str:
    """The corrected space as Python: Optuna's distributions, as a StudySpec takes them, each change with its
    reason."""
    space = found.declared.space
    entries = [line for name, range_ in corrected.items() for line in _entry(name, range_, space, findings)]
    used = sorted({_constructor(range_) for range_ in corrected.values()})
    return "\n".join([f"from optuna.distributions import {', '.join(used)}", "", "space = {", *entries, "}"])


def _entry(name: str, range_: Range, space: Mapping[str, Range], findings: Sequence[Finding]) -> Iterator[str]:
    if space.get(name) != range_:
        about = [f for f in findings if name in f.corrected]
        rules = ", ".join(dict.fromkeys(f"{f.id} ({f.rule})" for f in about))
        was = f"was {in_words(space[name])}" if name in space else "new: the objective has to read it"
        yield f"    # {was}" + (f"; {rules}" if rules else "")
    yield f"    {literal(name)}: {constructed(range_)},"


def _constructor(range_: Range) -> str:
    if isinstance(range_, Choices):
        return "CategoricalDistribution"
    return "IntDistribution" if isinstance(range_, IntRange) else "FloatDistribution"


def constructed(range_: Range) -> str:
    """The range as the call of one of Optuna's distributions."""
    if isinstance(range_, Choices):
        comma = "," if len(range_.options) == 1 else ""
        return f"CategoricalDistribution(({', '.join(map(literal, range_.options))}{comma}))"
    more = ", log=True" if range_.log else ""
    if range_.step is not None and not (isinstance(range_, IntRange) and range_.step == 1):
        more += f", step={range_.step!r}"
    return f"{_constructor(range_)}({range_.low!r}, {range_.high!r}{more})"


def literal(value: ParamValue) -> str:
    """The value as Python has it, in ASCII."""
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    text = ascii(value)
    return f'"{text[1:-1]}"' if text.startswith("'") and '"' not in text else text
