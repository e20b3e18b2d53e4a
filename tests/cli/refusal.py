"""A command line that is refused."""

from __future__ import annotations

import pytest

from hpt_tui.cli import run_command_line


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What is said of bad input: one line, exit code 2, and nothing on stdout."""
    code = run_command_line(arguments)
    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert printed.err.startswith("hpt-tui: ")
    assert len(printed.err.splitlines()) == 1
    return printed.err
