"""Issue 4, item 7: what was printed, as lines that are safe to show."""

from __future__ import annotations

import pytest

from hpt_tui.domain.logs import LONGEST_LINE, shown_lines


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", ()),
        (b"one\ntwo\n", ("one", "two")),
        (b"one\r\ntwo", ("one", "two")),
        (b"\n\nafter blanks\n", ("", "", "after blanks")),
        (b"\r  0%|    |\r 50%|##  |\r100%|####|\nnext\n", ("100%|####|", "next")),
        (b"\r 50%|##  |\r", (" 50%|##  |",)),
        (b"\x1b[31mred\x1b[0m \x1b]0;title\x07and \x1b[2K\x1b[1Aon", ("red and on",)),
        (b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", ("link",)),
        (b"tab\tbell\x07 nul\x00", ("tab    bell nul",)),
        ("größer ≤ \u202eevil".encode(), None),
        (b"\xff\xfe binary \x80", None),
    ],
)
def test_output_is_shown_as_a_terminal_would_have_left_it(data: bytes, lines: tuple[str, ...] | None) -> None:
    shown = shown_lines(data)
    if lines is not None:
        assert tuple(" ".join(line.split()) for line in shown) == tuple(" ".join(line.split()) for line in lines)
    assert all(character.isprintable() for line in shown for character in line)


def test_a_huge_line_is_cut_and_says_so() -> None:
    (line,) = shown_lines(b"x" * (LONGEST_LINE + 7))
    assert line == "x" * LONGEST_LINE + " … (7 more characters)"


def test_an_end_begins_with_a_whole_line_or_a_whole_state_of_a_progress_bar() -> None:
    assert shown_lines(b"rest of a line\nwhole\n", begun=True) == ("whole",)
    assert shown_lines(b"0%|\r 10%|\r 20%|", begun=True) == (" 20%|",)
    assert shown_lines(b"one endless line", begun=True) == ("one endless line",)
