"""Objectives as people have them: no line in them knows of hpt-tui."""
