"""``runs/{number}/*``: the template that says where a trial keeps its own logs."""

from __future__ import annotations

import re

NUMBER = "{number}"
_WILD = "*?["
_MAX_LENGTH = 4096


def template_problem(template: str) -> str:
    """What is wrong with ``template``, in words; empty where it can be used."""
    if NUMBER not in template:
        return f"{template!r} does not say where the trial's number goes; write runs/{NUMBER}, say"
    if len(template) > _MAX_LENGTH or "\0" in template:
        return "the template is no path"
    return ""


def is_pattern(component: str) -> bool:
    """Whether one folder's or file's name of a template must be looked for, not just opened."""
    return any(sign in component for sign in _WILD)


def fixed_name(component: str, number: int) -> str:
    """The name that a component without wildcards stands for."""
    return component.replace(NUMBER, str(number))


def name_pattern(component: str, number: int) -> re.Pattern[str]:
    """The names that a component with wildcards stands for.

    ``*`` is any text, ``?`` any sign, ``[abc]`` and ``[!abc]`` one of a set. The number is matched as a whole,
    with or without zeros in front: for trial 3, ``run_*{number}*`` is ``run_3_lr`` and ``run_0003``, never
    ``run_13``.
    """
    around = (_glob(part) for part in component.split(NUMBER))
    return re.compile(rf"(?<![0-9])0*{number}(?![0-9])".join(around), re.DOTALL)


def _glob(text: str) -> str:
    parts = re.findall(r"\*+|\?|\[!?\]?[^\]]*\]|.", text, re.DOTALL)
    return "".join(_sign(part) for part in parts)


def _sign(part: str) -> str:
    if part.startswith("*"):
        return ".*"
    if part == "?":
        return "."
    if len(part) < 3:
        return re.escape(part)
    inside = part[1:-1]
    negated = inside.startswith("!")
    ranges = re.sub(r"([\\\[\]^&~|])", r"\\\1", inside[negated:])
    return f"[{'^' * negated}{ranges}]"
