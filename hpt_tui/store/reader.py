"""The study as a snapshot, poll by poll, whatever holds it."""

from __future__ import annotations

from hpt_tui.store.api_reader import StudyReader

__all__ = ["StudyReader"]
