"""G36: the decision tree and the answers, as ``hpt-tui advise --tree`` prints them."""

from __future__ import annotations

from hpt_tui.cli.page import wrapped
from hpt_tui.domain.advice.tree import SAID, TREE


def decision_tree() -> str:
    """Both tables, 80 columns wide."""
    lines: list[str] = []
    for case, answer in TREE:
        lines += wrapped(f"{case}: {answer}", "  ", "      ") if answer else [*([""] if lines else []), case]
    lines += ["", "Often said, and what to answer"]
    for said, answer in SAID:
        lines += wrapped(f'"{said}" {answer}', "  ", "      ")
    return "\n".join(lines)
