"""The only stairs to Optuna's storage: opening, reading, and the attributes through which orders travel."""

from __future__ import annotations
