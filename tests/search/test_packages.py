"""G16: an optional package that is missing is one clear line with what to install."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from importlib.machinery import ModuleSpec

import pytest

from hpt_tui.domain.method import Method, Sampling
from hpt_tui.errors import InputError
from hpt_tui.search.packages import NEEDS, check_packages


def without(*missing: str) -> Callable[[str], ModuleSpec | None]:
    return lambda name: None if name in missing else ModuleSpec(name, None)


@pytest.mark.parametrize(
    ("sampling", "missing", "line"),
    [
        (
            Sampling.CMAES,
            ("cmaes",),
            "strategy cmaes: needs cmaes, which is not installed; pip install 'hpt-tui[samplers]'",
        ),
        (
            Sampling.GP,
            ("torch", "scipy"),
            "strategy gp: needs torch and scipy, which are not installed; pip install 'hpt-tui[samplers,train]'",
        ),
        (
            Sampling.QMC,
            ("scipy",),
            "strategy qmc: needs scipy, which is not installed; pip install 'hpt-tui[samplers]'",
        ),
    ],
)
def test_missing(sampling: Sampling, missing: tuple[str, ...], line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", without(*missing))
    with pytest.raises(InputError) as caught:
        check_packages(Method(sampling))
    assert caught.value.line == line


@pytest.mark.parametrize("sampling", [s for s in Sampling if s not in NEEDS])
def test_others_need_nothing(sampling: Sampling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", without("torch", "scipy", "cmaes"))
    check_packages(Method(sampling))
