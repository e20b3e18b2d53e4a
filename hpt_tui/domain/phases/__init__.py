"""Searching in phases: explore, refine and validate (G17), or tier by tier (G3)."""
