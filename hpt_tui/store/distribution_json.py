"""Optuna's JSON of a distribution as a range, without Optuna, which takes half a second to import."""

from __future__ import annotations

import json

from hpt_tui.domain.space import Choices, FloatRange, IntRange, ParamValue, Range

_FLOATS = {"FloatDistribution", "UniformDistribution", "LogUniformDistribution", "DiscreteUniformDistribution"}
_INTS = {"IntDistribution", "IntUniformDistribution", "IntLogUniformDistribution"}
_FAR = 1e300


def range_from_json(text: object) -> Range | None:
    """The range that a distribution's JSON tells of, in any spelling since Optuna 1; None for what is unknown."""
    try:
        document = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or not isinstance(document.get("name"), str):
        return None
    name, attributes = document["name"], document.get("attributes")
    if not isinstance(attributes, dict):
        return None
    log = attributes.get("log") is True or name.startswith(("LogUniform", "IntLogUniform"))
    step = attributes.get("q", attributes.get("step"))
    if name in _FLOATS:
        return _floats(attributes.get("low"), attributes.get("high"), step, log=log)
    if name in _INTS:
        return _ints(attributes.get("low"), attributes.get("high"), step, log=log)
    choices = attributes.get("choices")
    if name == "CategoricalDistribution" and isinstance(choices, list) and choices:
        return Choices(tuple(map(_option, choices)))
    return None


def _floats(low: object, high: object, step: object, *, log: bool) -> FloatRange | None:
    low, high = _number(low), _number(high)
    if low is None or high is None or low > high or (log and low <= 0):
        return None
    spacing = _number(step)
    return FloatRange(low, high, log, spacing if spacing is not None and spacing > 0 else None)


def _ints(low: object, high: object, step: object, *, log: bool) -> IntRange | None:
    low, high, spacing = _number(low), _number(high), _number(step)
    if low is None or high is None or low > high or (log and low < 1):
        return None
    return IntRange(int(low), int(high), log, int(spacing) if spacing is not None and spacing >= 1 else 1)


def _number(value: object) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # Beyond it arithmetic on a range overflows.
    return value if abs(value) < _FAR else None


def _option(value: object) -> ParamValue:
    """Optuna warns of choices that are lists or objects, and takes them: they show as their JSON."""
    return value if value is None or isinstance(value, (bool, int, float, str)) else json.dumps(value)
