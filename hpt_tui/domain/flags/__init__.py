"""Red flags: pure rules over a snapshot, one a file. Importing the noun costs no rule, and no numpy."""

from __future__ import annotations
