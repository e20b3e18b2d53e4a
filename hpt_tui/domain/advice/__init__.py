"""What to do before a search: whether to tune, how, for how long, and what would change that (G5-G17, G29)."""

from __future__ import annotations
