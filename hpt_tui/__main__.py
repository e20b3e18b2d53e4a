"""The front door: ``hpt-tui`` and ``python -m hpt_tui``."""

from __future__ import annotations

import sys

from hpt_tui.cli import run_command_line


def main() -> None:
    """Run one command and leave with its exit code."""
    sys.exit(run_command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
