"""Processes: discovered, started, watched, ended."""
