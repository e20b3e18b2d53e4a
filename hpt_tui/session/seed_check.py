"""Whether a study file asks for the seed that the final validation has for it, told before GPU time is spent."""

from __future__ import annotations

from pathlib import Path

from hpt_tui.domain.seed_hook import calls_seed_hook, imported_modules
from hpt_tui.domain.target import is_sweep


def seed_problem(path: Path) -> str:
    """Why every seed would train the same; empty if the file, or a module beside it that it imports, calls
    ``hpt_tui.trial_seed``, and if it cannot be read here."""
    if is_sweep(path.name):
        return "is a sweep, whose program hpt-tui cannot give a seed"
    seen, unread = set[Path](), [path]
    while unread:
        one = unread.pop()
        seen.add(one)
        try:
            source = one.read_text()
            if calls_seed_hook(source):
                return ""
            beside = (path.parent / f"{name}.py" for name in imported_modules(source))
            unread += [other for other in beside if other.is_file() and other not in seen]
        except (OSError, SyntaxError, ValueError):
            if one == path:
                return ""
    return "never calls hpt_tui.trial_seed(trial), so every seed would train the same"
