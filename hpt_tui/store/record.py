"""What ``run`` wrote into the study about the file that it runs, as JSON under ``keys.SPEC``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hpt_tui.domain.method import Method, Wish, wish
from hpt_tui.domain.space import ParamValue
from hpt_tui.store.documents import Document, text


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """What ``run`` wrote into the study about the file that it runs."""

    file: str
    """The absolute path of the study file on ``host``, with ``:objective`` where one was named."""
    host: str
    metric: str
    direction: str
    space: Mapping[str, str] = field(default_factory=dict)
    """Parameter -> Optuna's JSON of its distribution; empty for an undeclared study."""
    baseline: Mapping[str, ParamValue] = field(default_factory=dict)
    steps: int | None = None
    logs: str = ""
    """The template of where a trial keeps its own logs, relative to ``file``; empty: nowhere."""
    method: Method = Method()
    """What every worker samples and prunes by."""
    wished: Wish = Wish()
    """What the study file said of it, which may have been overruled."""
    points: Mapping[str, tuple[ParamValue, ...]] = field(default_factory=dict)
    """The values that the file lists for a grid, by parameter."""


def encode_record(record: StudyRecord) -> Document:
    return {
        "file": record.file,
        "host": record.host,
        "metric": record.metric,
        "direction": record.direction,
        "space": dict(record.space),
        "baseline": dict(record.baseline),
        "steps": record.steps,
        "logs": record.logs,
        "method": _method_document(record.method),
        "wished": _method_document(record.wished),
        "points": {name: list(values) for name, values in record.points.items()},
    }


def _method_document(method: Method | Wish) -> Document:
    return {"strategy": method.strategy, "pruner": method.pruner, "seed": method.seed}


def decode_record(value: object) -> StudyRecord | None:
    if not isinstance(value, dict) or not isinstance(value.get("file"), str):
        return None
    space, baseline, steps = value.get("space"), value.get("baseline"), value.get("steps")
    points = value.get("points")
    return StudyRecord(
        file=value["file"],
        host=text(value, "host"),
        metric=text(value, "metric") or "value",
        direction=text(value, "direction"),
        space={str(k): str(v) for k, v in space.items()} if isinstance(space, dict) else {},
        baseline=dict(baseline) if isinstance(baseline, dict) else {},
        steps=steps if isinstance(steps, int) and steps > 0 else None,
        logs=text(value, "logs"),
        method=_wish(value.get("method")).over(Method()),
        wished=_wish(value.get("wished")),
        points={str(k): tuple(v) for k, v in points.items() if isinstance(v, list)}
        if isinstance(points, dict)
        else {},
    )


def _wish(value: object) -> Wish:
    """What a document says of a method; what a newer version says, and this one doesn't know, says nothing."""
    document = value if isinstance(value, dict) else {}
    try:
        return wish(text(document, "strategy"), text(document, "pruner"), document.get("seed"))
    except ValueError:
        return Wish()
