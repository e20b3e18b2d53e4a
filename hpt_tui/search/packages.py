"""What a method needs beside Optuna. Imports none of it, nor Optuna."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from hpt_tui.domain.method import Method, Sampling
from hpt_tui.errors import InputError

NEEDS: Mapping[Sampling, tuple[str, ...]] = {
    Sampling.QMC: ("scipy",),
    Sampling.GP: ("torch", "scipy"),
    Sampling.CMAES: ("cmaes",),
}


def check_packages(method: Method) -> None:
    """Look whether what ``method`` needs is installed.

    Raises:
        InputError: it is not; the line says how to install it.
    """
    missing = [name for name in NEEDS.get(method.strategy, ()) if importlib.util.find_spec(name) is None]
    if missing:
        extras = "samplers,train" if "torch" in missing else "samplers"
        raise InputError(
            f"strategy {method.strategy}",
            f"needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed",
            f"pip install 'hpt-tui[{extras}]'",
        )
