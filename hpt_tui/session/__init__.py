"""The hall: the one place where facts come up and orders go down."""

from __future__ import annotations

from hpt_tui.session.session import Session, Terms

__all__ = ["Session", "Terms"]
