"""Own themes, the order in which the key goes through them, and the colours of curves."""

from __future__ import annotations

import os
from collections.abc import Mapping

from textual.theme import Theme

DARK = Theme(
    name="hpt-dark",
    primary="#7aa2f7",
    secondary="#5a7bc0",
    accent="#e0af68",
    foreground="#d5d9e6",
    background="#14161d",
    surface="#14161d",
    panel="#1f2330",
    success="#8fce7a",
    warning="#f0b35a",
    error="#f7768e",
    dark=True,
    variables={
        "block-cursor-background": "#2e4272",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "border": "#7aa2f7",
        "border-blurred": "#3a4056",
        "text-muted": "#8e95ac",
        "text-success": "#8fce7a",
        "text-warning": "#f0b35a",
        "text-error": "#f7768e",
        "text-primary": "#7aa2f7",
        "scrollbar": "#3a4056",
        "scrollbar-background": "#14161d",
        "scrollbar-corner-color": "#14161d",
    },
)
LIGHT = Theme(
    name="hpt-light",
    primary="#2a5bc4",
    secondary="#5b76b3",
    accent="#8f5a00",
    foreground="#20242f",
    background="#fbfbfd",
    surface="#fbfbfd",
    panel="#eceef4",
    success="#2c7a1e",
    warning="#945c00",
    error="#b8203c",
    dark=False,
    variables={
        "block-cursor-background": "#cddafa",
        "block-cursor-foreground": "#10131a",
        "block-cursor-text-style": "bold",
        "border": "#2a5bc4",
        "border-blurred": "#c3c8d6",
        "text-muted": "#626a80",
        "text-success": "#2c7a1e",
        "text-warning": "#945c00",
        "text-error": "#b8203c",
        "text-primary": "#2a5bc4",
        "scrollbar": "#c3c8d6",
        "scrollbar-background": "#fbfbfd",
        "scrollbar-corner-color": "#fbfbfd",
    },
)

OWN = (DARK, LIGHT)
CYCLE = (DARK.name, LIGHT.name, "ansi-dark", "ansi-light")

SERIES = 6
"""How many curves get a colour of their own."""
_ON_DARK = ("#f0b35a", "#7aa2f7", "#8fce7a", "#d58fe8", "#5fd0d6", "#f7768e")
_ON_LIGHT = ("#a86400", "#2a5bc4", "#2c7a1e", "#8b2fa6", "#00707a", "#b8203c")
_ON_ANSI = ("ansi_yellow", "ansi_blue", "ansi_green", "ansi_magenta", "ansi_cyan", "ansi_red")


def first(available: Mapping[str, Theme]) -> str:
    """The theme to start in: what TEXTUAL_THEME names if there is such a theme, else the dark one."""
    asked = os.environ.get("TEXTUAL_THEME", "")
    return asked if asked in available else DARK.name


def following(name: str) -> str:
    """The theme after ``name``; the first one after a theme that is not in the cycle."""
    return CYCLE[(CYCLE.index(name) + 1) % len(CYCLE)] if name in CYCLE else CYCLE[0]


def curve_colours(theme: Theme) -> dict[str, str]:
    """The variables ``$curve-0`` … for ``theme``, readable on its background."""
    colours = _ON_ANSI if theme.ansi else _ON_DARK if theme.dark else _ON_LIGHT
    return {f"curve-{i}": colour for i, colour in enumerate(colours)}
