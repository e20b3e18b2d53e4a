"""Nouns and rules: immutable, pure, without clock, IO or any library but numpy."""
