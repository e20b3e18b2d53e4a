"""What the guide claims of hyperparameter search, measured anew (G34): `python -m benchmarks.claims`."""

from __future__ import annotations
