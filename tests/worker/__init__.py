"""Tests of one worker process."""

from __future__ import annotations
