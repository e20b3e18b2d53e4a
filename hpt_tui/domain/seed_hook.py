"""Whether a study file takes the seed that the final validation gives it, told from its source alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

HOOK = "trial_seed"


def calls_seed_hook(source: str) -> bool:
    """Whether ``source`` calls ``hpt_tui.trial_seed``, by whatever form of import.

    Raises:
        SyntaxError, ValueError: it is no Python.
    """
    tree = ast.parse(source)
    names = {HOOK, *_aliases(tree)}
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(
        (isinstance(f, ast.Name) and f.id in names) or (isinstance(f, ast.Attribute) and f.attr == HOOK)
        for f in called
    )


def imported_modules(source: str) -> frozenset[str]:
    """The first names of the modules that ``source`` imports: ``model`` for ``from model.train import run``.

    Raises:
        SyntaxError, ValueError: it is no Python.
    """
    return frozenset(name.partition(".")[0] for name in _imported(ast.parse(source)))


def _aliases(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.asname for alias in node.names if alias.name == HOOK and alias.asname)


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
