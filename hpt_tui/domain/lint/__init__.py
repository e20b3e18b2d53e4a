"""What is wrong with a search space before, or while, it is searched (G18-G20, G37)."""

from __future__ import annotations
