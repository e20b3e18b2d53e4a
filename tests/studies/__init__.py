"""Study files that the tests run."""

from __future__ import annotations
