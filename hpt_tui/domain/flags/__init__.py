"""Red flags: pure rules over a snapshot, one a file."""
