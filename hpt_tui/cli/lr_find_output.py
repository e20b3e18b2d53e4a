"""What a range test found, as text with a plot for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hpt_tui.cli.lr_find_plot import drawn, marks, number_of
from hpt_tui.cli.lr_find_report import Report
from hpt_tui.cli.orders import Obeyed, order_documents
from hpt_tui.cli.page import Document, finite, range_document, wrapped
from hpt_tui.domain.figures import parameter, plain
from hpt_tui.domain.lint.declared import orders
from hpt_tui.domain.lint.wording import number, span
from hpt_tui.domain.lr_range import DECADE, Suggestions
from hpt_tui.domain.lr_verdict import against, course, other_batches, unsure


def as_text(report: Report) -> str:
    """The plot, and under it what it shows, 80 columns wide where stdout is no wider terminal."""
    return "\n".join([*wrapped(_head(report), ""), "", *drawn(report), "", *_body(report)])


def _head(report: Report) -> str:
    plan, swept = report.plan, report.swept
    what = f"of {plan.parameter}, " if plan.parameter else ""
    steps = f"{len(swept.rates)} of {swept.steps} steps"
    # One epoch is worth no word.
    again = swept.batches is not None and len(swept.rates) > swept.batches > 0
    epochs = f" ({len(swept.rates) / swept.batches:.1f} epochs)" if again and swept.batches else ""
    return (
        f"{plan.name}: learning rate range test {what}{swept.optimizer}, {steps}{epochs} from "
        f"{number(plan.request.low)} to {number(plan.request.high)}, {report.seconds:.0f} s on {plan.device}"
    )


def _body(report: Report) -> Iterator[str]:
    yield from _judgement(report)
    if not report.plan.wanted:
        return
    if not report.found.outcome.sure:
        yield from wrapped("nothing was written, as nothing is sure", "--write   ")
    elif report.plan.where is None:
        yield from wrapped("there is no such study yet: put the line into the StudySpec", "--write   ")


def _judgement(report: Report) -> Iterator[str]:
    found, name = report.found, report.plan.parameter
    others = {n: value for n, value in report.plan.request.params.items() if n != name}
    if others:
        told = ", ".join(f"{n}={parameter(value)}" for n, value in others.items())
        yield from wrapped(told, "with      ")
    yield from wrapped(course(report.swept, found), "loss      ")
    if doubt := unsure(found):
        yield from wrapped(doubt, "          ")
    if (suggested := found.suggestions) is None:
        return
    for sign, at, what in marks(suggested):
        yield f"{sign} {number_of(at):<8}{what}"
    yield from wrapped(f"{span(suggested.low, suggested.high)}: {_rule(suggested)}", "search    ")
    if report.declared is not None and (said := against(suggested, report.declared)):
        yield from wrapped(said, "declared  ")
    for finding in report.findings:
        yield from wrapped(f"{finding.rule} {finding.id}: {finding.summary}", "          ", "            ")
    if batches := other_batches(report.plan.declared, dict(report.plan.request.params), report.swept.optimizer):
        yield from wrapped(batches, "batch     ")
    yield f"code      {plain(report.line_of_code)}"


def _rule(found: Suggestions) -> str:
    """Where the range to search comes from."""
    # It was rounded down, by a tenth at most.
    if found.low > 0.9 * found.steepest / DECADE:
        return "from a tenth of the steepest descent to the lowest loss"
    spanned = orders(found.low, found.high)
    return f"up to the lowest loss, over the {spanned:.0f} orders of magnitude that a learning rate needs (G18)"


def as_json(report: Report, obeyed: Obeyed | None = None) -> str:
    """One document: ``study``, ``parameter``, ``params``, ``optimizer``, ``device``, ``seconds``, ``planned``, the
    three lists ``rates``, ``losses``, ``smoothed``, one number a step; ``outcome`` and ``sure``; ``lowest`` and
    ``broken`` (``rate`` and ``loss``, or null); ``suggestions`` by name, ``range``, both null where the loss never
    fell; ``declared``; ``findings`` of lint; ``code``; ``orders`` where a range was written. Numbers that are not
    finite are texts."""
    plan, swept, found = report.plan, report.swept, report.found
    smooth = found.smooth.tolist()
    suggested = found.suggestions

    def at(step: int | None) -> Document | None:
        return None if step is None else {"rate": swept.rates[step], "loss": finite(smooth[step])}

    document: Document = {
        "study": plan.name,
        "parameter": plan.parameter,
        "params": {name: finite(value) for name, value in plan.request.params.items()},
        "optimizer": swept.optimizer,
        "device": plan.device,
        "seconds": round(report.seconds, 1),
        "planned": swept.steps,
        "rates": list(swept.rates),
        "losses": [finite(loss) for loss in swept.losses],
        "smoothed": [finite(loss) for loss in smooth],
        "outcome": found.outcome.value,
        "sure": found.outcome.sure,
        "lowest": at(found.lowest),
        "broken": at(found.broken),
        "suggestions": None
        if suggested is None
        else {"valley": suggested.valley, "steepest": suggested.steepest, "tenth": suggested.tenth},
        "range": None if suggested is None else {"low": suggested.low, "high": suggested.high},
        "declared": None if report.declared is None else range_document(report.declared),
        "findings": [{"id": f.id, "rule": f.rule, "summary": f.summary} for f in report.findings],
        "code": report.line_of_code,
        "orders": [] if obeyed is None else order_documents(obeyed.done),
    }
    return json.dumps(document, allow_nan=False)
