"""Reading the YAML of a W&B sweep (G35)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import yaml

from hpt_tui.domain.space import ParamValue, Range
from hpt_tui.domain.strategy import Strategy
from hpt_tui.domain.sweep import Hyperband, Remark, Sweep
from hpt_tui.errors import InputError
from hpt_tui.store.sweep_distribution import Fixed, Parameter

Document: TypeAlias = Mapping[str, object]

_MOST = 1 << 20
"""Bytes: a sweep is a page, and a larger file is something else."""
_DEEP = 8
"""Levels of nested parameters."""
_MANY = 1000
"""Parameters; more are a mistake, or YAML's aliases turned against the reader."""
_USED = frozenset({"name", "method", "metric", "parameters", "early_terminate", "run_cap", "program"})
_HYPERBAND = frozenset({"type", "min_iter", "max_iter", "s", "eta", "strict"})


def read_sweep(path: Path) -> Sweep:
    """The sweep that the file declares.

    Raises:
        InputError: it cannot be read, is no YAML, or no sweep; one line that says where.
    """
    document = _load(path)
    try:
        return _sweep(path, document)
    except ValueError as error:
        raise InputError(str(path), str(error)) from error


def _load(path: Path) -> Document:
    try:
        if path.is_dir():
            raise InputError(str(path), "is a folder", "name the sweep's YAML file in it")
        if not path.is_file():
            raise InputError(str(path), "there is no such file")
        if path.stat().st_size > _MOST:
            raise InputError(str(path), f"is larger than {_MOST >> 10} KiB, which no sweep is")
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InputError(str(path), f"cannot be read ({error})") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark is not None else ""
        raise InputError(f"{path}{where}", f"is no YAML ({getattr(error, 'problem', None) or error})") from error
    if not isinstance(found, dict) or not isinstance(found.get("parameters"), dict):
        raise InputError(str(path), "is no sweep", "a W&B sweep has parameters at its top level")
    return found


def _sweep(path: Path, document: Document) -> Sweep:
    space: dict[str, Range] = {}
    fixed: dict[str, ParamValue] = {}
    remarks = list(_unused(document))
    for name, given in _flat(_mapping(document, "parameters"), ()):
        if len(space) + len(fixed) >= _MANY:
            raise ValueError(f"has more than {_MANY} parameters")
        parameter = Parameter(name, given)
        try:
            found = parameter.read()
        except (ValueError, OverflowError, RecursionError) as error:
            raise ValueError(f"parameters: {name}: {error}") from error
        remarks += parameter.remarks
        if isinstance(found, Fixed):
            fixed[name] = found.value
        else:
            space[name] = found
    metric = _mapping(document, "metric")
    method = _method(document, remarks)
    return Sweep(
        name=_text(document, "name") or path.stem,
        file=str(path.absolute()),
        space=space,
        fixed=fixed,
        method=method,
        metric=_metric(metric, method),
        direction=_goal(metric),
        target=_target(metric, remarks),
        hyperband=_hyperband(_mapping(document, "early_terminate"), remarks),
        run_cap=_whole(document, "run_cap"),
        program=_text(document, "program"),
        remarks=tuple(remarks),
    )


def _flat(parameters: Document, above: tuple[str, ...]) -> Iterator[tuple[str, Document]]:
    """The parameters of all levels, by their full names."""
    for key, given in parameters.items():
        name = ".".join((*above, str(key)))
        if not isinstance(given, dict):
            raise ValueError(f"parameters: {name}: needs value, values, min and max, or a distribution")
        inner = given.get("parameters")
        if not isinstance(inner, dict):
            yield name, given
        elif len(above) >= _DEEP:
            raise ValueError(f"parameters: {name}: is nested more than {_DEEP} levels deep")
        else:
            yield from _flat(inner, (*above, str(key)))


def _method(document: Document, remarks: list[Remark]) -> Strategy | None:
    given = document.get("method")
    if given is None:
        raise ValueError("method is missing: grid, random or bayes")
    if given not in list(Strategy):
        remarks.append(Remark(f"method {str(given)!r} is not one that hpt-tui has", "Take random or bayes."))
        return None
    return Strategy(str(given))


def _metric(metric: Document, method: Strategy | None) -> str:
    name = _text(metric, "name")
    if not name and method is Strategy.BAYES:
        raise ValueError("metric: name is missing, and method bayes needs one")
    return name


def _goal(metric: Document) -> str:
    goal = metric.get("goal", "minimize")
    if goal not in ("minimize", "maximize"):
        raise ValueError(f"metric: goal must be minimize or maximize, not {str(goal)!r}")
    return str(goal)


def _target(metric: Document, remarks: list[Remark]) -> float | None:
    target = metric.get("target")
    if isinstance(target, bool) or not isinstance(target, (int, float)) or not math.isfinite(target):
        return None
    remarks.append(Remark(f"metric: target {target:g} is not used", "Stop the study by hand once it is reached."))
    return float(target)


def _hyperband(given: Document, remarks: list[Remark]) -> Hyperband | None:
    if not given:
        return None
    if given.get("type") != "hyperband":
        summary = f"early_terminate: type {str(given.get('type'))!r} is not one that W&B has"
        remarks.append(Remark(summary, "Write type: hyperband.", wrong=True))
        return None
    if unknown := sorted(set(map(str, given)) - _HYPERBAND):
        remarks.append(Remark(f"early_terminate: {', '.join(unknown)}: not used", "Take it out."))
    least, most, s = (_whole(given, key) for key in ("min_iter", "max_iter", "s"))
    if least is None and (most is None or s is None):
        raise ValueError("early_terminate: needs min_iter, or max_iter and s")
    eta = given.get("eta", 3)
    if isinstance(eta, bool) or not isinstance(eta, (int, float)) or not 1 < eta < math.inf:
        raise ValueError(f"early_terminate: eta must be a number above 1, not {eta!r}")
    return Hyperband(least, most, s, float(eta), given.get("strict") is True)


def _unused(document: Document) -> Iterator[Remark]:
    unused = sorted(str(key) for key in document if key not in _USED)
    if unused:
        yield Remark(f"{', '.join(unused)}: not used", "Nothing is to be done; only W&B's own agent needs it.")


def _mapping(document: Document, key: str) -> Document:
    found = document.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ValueError(f"{key} must be a mapping")
    return found


def _text(document: Document, key: str) -> str:
    found = document.get(key)
    return "" if found is None else str(found)


def _whole(document: Document, key: str) -> int | None:
    found = document.get(key)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise ValueError(f"{key} must be a whole number from 1 on, not {found!r}")
    return found
