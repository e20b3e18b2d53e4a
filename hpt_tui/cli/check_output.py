"""What a check-up has found: as text for people, JSON for programs, Markdown for reports."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from hpt_tui.cli.page import Document, finite, wrapped
from hpt_tui.domain import figures
from hpt_tui.domain.checklist import Answer, Check
from hpt_tui.domain.checkup import Checkup
from hpt_tui.domain.figures import plain
from hpt_tui.domain.flags.flag import Figure, Flag, Severity
from hpt_tui.domain.phases.course import under_way
from hpt_tui.domain.stopping import Standing, StopRule

_WORDS = {Severity.CRITICAL: "critical", Severity.WARNING: "warning", Severity.INFO: "remark"}
_SIGNS = {Answer.YES: "yes", Answer.NO: "NO ", Answer.UNKNOWN: "?  "}
_GAUGE = 10


def as_text(found: Checkup) -> str:
    """Flags, worst first, the checklist, the stop rules; 80 columns wide."""
    lines = [*wrapped(_head(found), "", "  ")]
    for flag in found.flags:
        lines += ["", *_flag_lines(flag)]
    lines += ["", "Checklist"]
    for check in found.checklist:
        lines += wrapped(f"{check.question} {check.measured}.", f"  {_SIGNS[check.answer]}  ")
    lines += ["", "Stop rules"]
    for rule in found.stop_rules:
        lines += wrapped(f"{rule.measured}", f"  {_gauge(rule)}  {rule.standing.value:<5}  {rule.id:<14}  ")
    return "\n".join(lines)


def _head(found: Checkup) -> str:
    study = found.study
    states = ", ".join(f"{count} {state.value}" for state, count in study.counts.items() if count) or "no trial"
    phase = f"phase {words}; " if (words := under_way(study)) else ""
    return f"{study.name} ({study.storage}): {states}; {phase}{_counted(found)}"


def _counted(found: Checkup) -> str:
    counts = Counter(flag.severity for flag in found.flags)
    several = {Severity.CRITICAL: "", Severity.WARNING: "s", Severity.INFO: "s"}
    return ", ".join(f"{counts[s]} {_WORDS[s]}{several[s] * (counts[s] != 1)}" for s in Severity)


def _flag_lines(flag: Flag) -> Iterator[str]:
    yield from wrapped(f"{flag.severity.value} {flag.rule} {flag.id}: {flag.summary}", "", "  ")
    evidence = "; ".join(f"{label}: {_figure(value)}" for label, value in flag.evidence)
    yield from wrapped(evidence, "  found  ")
    if flag.trials:
        yield from wrapped(_numbers(flag), "  trials ")
    yield from wrapped(flag.cause, "  cause  ")
    yield from wrapped(flag.fix, "  fix    ")


def _numbers(flag: Flag) -> str:
    return " ".join(f"#{number}" for number in flag.trials[:12]) + (" …" if len(flag.trials) > 12 else "")


def _figure(value: Figure) -> str:
    return value if isinstance(value, str) else figures.metric(value) if isinstance(value, float) else str(value)


def _gauge(rule: StopRule) -> str:
    if rule.closeness is None:
        return "·" * _GAUGE
    full = int(rule.closeness * _GAUGE)
    return "█" * full + "░" * (_GAUGE - full)


def as_json(found: Checkup) -> str:
    """One document: ``study`` (its name), ``flags``, ``checklist``, ``stop_rules``; the keys are a contract."""
    document = {
        "study": found.study.name,
        "flags": [flag_document(flag) for flag in found.flags],
        "checklist": [check_document(check) for check in found.checklist],
        "stop_rules": [stop_rule_document(rule) for rule in found.stop_rules],
    }
    return json.dumps(document, indent=2, allow_nan=False)


def flag_document(flag: Flag) -> Document:
    """Numbers that are not finite are texts."""
    return {
        "id": flag.id,
        "severity": flag.severity.value,
        "parameters": list(flag.parameters),
        "trials": list(flag.trials),
        "evidence": {label: finite(value) for label, value in flag.evidence},
        "cause": flag.cause,
        "fix": flag.fix,
    }


def check_document(check: Check) -> Document:
    """``answer`` is yes, no or unknown; yes is good."""
    return {"id": check.id, "question": check.question, "answer": check.answer.value, "measured": check.measured}


def stop_rule_document(rule: StopRule) -> Document:
    """``state`` is fired, near, open or unset; ``closeness`` 0..1, or null where it is unset."""
    return {
        "id": rule.id,
        "rule": rule.rule,
        "action": rule.action.value,
        "state": rule.standing.value,
        "closeness": None if rule.closeness is None else round(rule.closeness, 4),
        "measured": rule.measured,
    }


def as_markdown(found: Checkup) -> str:
    """Headings, one table for the checklist and one for the stop rules."""
    lines = [f"# {_escaped(found.study.name)}", "", _escaped(_head(found)), ""]
    lines += ["## Red flags", "", *([] if found.flags else ["None.", ""])]
    for flag in found.flags:
        lines += [f"### {flag.severity.value}: {flag.id} ({flag.rule})", "", _escaped(flag.summary), ""]
        lines += [f"- {_escaped(label)}: {_escaped(_figure(value))}" for label, value in flag.evidence]
        lines += [f"- trials: {_escaped(_numbers(flag))}"] if flag.trials else []
        lines += ["", f"Likely cause: {_escaped(flag.cause)}", "", f"What helps: {_escaped(flag.fix)}", ""]
    lines += ["## Checklist", "", "| question | answer | measured |", "| --- | --- | --- |"]
    lines += [f"| {c.question} | {c.answer.value} | {_escaped(c.measured)} |" for c in found.checklist]
    lines += ["", "## Stop rules", "", "| rule | state | measured |", "| --- | --- | --- |"]
    lines += [f"| {r.id} ({r.rule}) | {_state(r)} | {_escaped(r.measured)} |" for r in found.stop_rules]
    return "\n".join(lines)


def _state(rule: StopRule) -> str:
    if rule.closeness is None or rule.standing is Standing.FIRED:
        return rule.standing.value
    return f"{rule.standing.value}, {figures.percent(rule.closeness)}"


def _escaped(text: str) -> str:
    """Plain text that Markdown shows as it is; names in it are hostile."""
    shown = "".join(f"\\{c}" if c in "\\`*_[]<>|!~" else c for c in plain(text))
    return f"\\{shown}" if shown.startswith("#") else shown
