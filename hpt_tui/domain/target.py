"""``FILE.py[:objective]``: how a study file and its objective are named on the command line."""

from __future__ import annotations


def split_target(target: str) -> tuple[str, str]:
    """``FILE.py[:objective]`` as file and objective; no objective is the empty string."""
    file, colon, name = target.rpartition(":")
    named = colon and "/" not in name and (file.endswith(".py") or name.isidentifier())
    return (file, name) if named else (target, "")


def target_file(target: str) -> str:
    """The file's part of ``FILE.py[:objective]``."""
    return split_target(target)[0]


def is_sweep(target: str) -> bool:
    """Whether ``target`` is the YAML of a W&B sweep by its name."""
    return "://" not in target and target.endswith((".yaml", ".yml"))
