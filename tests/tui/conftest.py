"""The screen's tests take place at noon UTC, without animations, whatever the environment says."""

from __future__ import annotations

import os
import time
from collections.abc import Hashable, Iterator
from importlib.metadata import version

import pytest
from textual import constants
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

os.environ["TEXTUAL_ANIMATIONS"] = "none"

DRAWN_WITH = {"textual": "8.2.8", "rich": "15.0.0"}
"""The versions that the snapshots were drawn with; others draw other SVG."""


@pytest.fixture(autouse=True)
def same_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("NO_COLOR", "TEXTUAL_THEME", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    # Rich keeps a style's codes as they were first written, by whichever console: all have to write the same.
    monkeypatch.setattr(constants, "COLOR_SYSTEM", "truecolor")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True, scope="session")
def parsed_once() -> Iterator[None]:
    """Textual parses every style sheet anew for every app, an eighth of what a test takes; what it makes of one it
    shares within an app anyway."""
    parse, known = Stylesheet._parse_rules, dict[Hashable, list[RuleSet]]()

    def parse_once(sheet: Stylesheet, css: str, *place: Hashable, **more: Hashable) -> list[RuleSet]:
        key = (css, place, *more.items(), *sheet._variables.items())
        if key not in known:
            known[key] = parse(sheet, css, *place, **more)  # type: ignore[arg-type]
        return known[key]

    patch = pytest.MonkeyPatch()
    patch.setattr(Stylesheet, "_parse_rules", parse_once)
    yield
    patch.undo()


@pytest.fixture
def drawn_with() -> None:
    """Skip what compares drawings, if another version draws."""
    found = {name: version(name) for name in DRAWN_WITH}
    if found != DRAWN_WITH:
        pytest.skip(f"SNAPSHOTS NOT COMPARED: they were drawn with {DRAWN_WITH}, here is {found}")
