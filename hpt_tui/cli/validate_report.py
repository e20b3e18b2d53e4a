"""What ``validate`` prints: the ranking as a table and in sentences, and as a JSON document."""

from __future__ import annotations

from collections.abc import Iterator

from hpt_tui.domain import figures
from hpt_tui.domain.configuration import in_words
from hpt_tui.domain.snapshot import StudySnapshot
from hpt_tui.domain.trial import TrialRow
from hpt_tui.domain.validation import CONFIDENCE, Result, Validation
from hpt_tui.domain.validation_words import (
    HEADINGS,
    cells,
    ensemble_words,
    failure_words,
    noise_words,
    same_words,
    winner_words,
)

Document = dict[str, object]


def lines(study: StudySnapshot, found: Validation) -> Iterator[str]:
    """The report for people. Hostile text is not yet made plain."""
    if not found.results:
        yield f"{study.name}: nothing has been validated yet; hpt-tui validate FILE.py does it"
        return
    yield f"{study.name}: {len(found.results)} configurations validated, by {study.metric} ({study.direction})"
    yield ""
    rows = [HEADINGS, *(cells(result) for result in found.results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        yield "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)).rstrip()
    yield ""
    yield from winner_words(study, found)
    yield noise_words(found)
    yield f"baseline: {found.baseline.worth}: {found.baseline.summary}"
    yield ensemble_words(study, found)
    for result in found.results:
        yield from failure_words(result)
        yield from same_words(result)
    if found.winner is not None:
        repeated = study.by_number.get(found.winner.candidate.of)
        if repeated is not None:
            known = {name: value for name, value in repeated.params.items() if name in study.space}
            yield f"its parameters: {in_words(known, study)}"


def document(study: StudySnapshot, found: Validation) -> Document:
    """``study``, ``storage``, ``metric``, ``direction``, ``configurations`` (best first), ``winner`` (a trial, or
    null), ``noise`` (``deviation``, ``degrees_of_freedom``; or null), ``confidence``, ``baseline`` (``worth``,
    ``gap``, ``summary``), ``ensemble`` (``members``, ``score``; or null), ``open`` (runs that wait or run)."""
    ensemble = study.ensemble
    return {
        "study": study.name,
        "storage": study.storage,
        "metric": study.metric,
        "direction": study.direction.value,
        "configurations": [_configuration(study, result) for result in found.results],
        "winner": None if found.winner is None else found.winner.candidate.of,
        "noise": None
        if found.noise is None
        else {"deviation": found.noise.deviation, "degrees_of_freedom": found.noise.freedom},
        "confidence": CONFIDENCE,
        "baseline": {
            "worth": found.baseline.worth.value,
            "gap": found.baseline.gap,
            "summary": found.baseline.summary,
        },
        "ensemble": None if ensemble is None else {"members": [*ensemble.members], "score": ensemble.score},
        "open": found.open,
    }


def _configuration(study: StudySnapshot, result: Result) -> Document:
    one = result.candidate
    row = study.by_number.get(one.of)
    return {
        "trial": one.of,
        "found": [*one.found],
        "search_value": one.value,
        "baseline": one.baseline,
        "rank": result.rank,
        "tied": result.tied,
        "n": len(result.values),
        "mean": result.mean,
        "std": result.deviation,
        "ci95": None
        if result.mean is None or result.margin is None
        else [result.mean - result.margin, result.mean + result.margin],
        "runs": [_run(run) for run in one.runs],
        "same_curves": [list(pair) for pair in result.same],
        "params": {} if row is None else dict(row.params),
    }


def _run(run: TrialRow) -> Document:
    return {
        "trial": run.number,
        "seed": None if run.validates is None else run.validates.seed,
        "state": run.state.value,
        "value": run.value if run.value is None or figures.metric(run.value) != "–" else None,
        "reason": run.reason,
    }
