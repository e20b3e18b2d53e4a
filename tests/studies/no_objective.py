"""Holds no function of a trial."""

from __future__ import annotations


def train(lr: float, width: int) -> float:
    return lr * width
