"""The search was paused because its trials kept failing (issue 4, item 6): said with what the last one wrote."""

from __future__ import annotations

from dataclasses import replace

from hpt_tui.domain.flags.crash_loop import LINES, crash_loop
from hpt_tui.domain.flags.flag import Flag, Severity
from hpt_tui.domain.flags.thresholds import DEFAULT_THRESHOLDS
from hpt_tui.domain.orders.search import ResumeStudy
from hpt_tui.domain.snapshot import Control, Halt
from tests.builders import study

HALT = Halt("box-1", "3 trials failed within 60 s", "Traceback:\n  in objective\nValueError: \x1b[31mno luck\n")


def flags(control: Control) -> list[Flag]:
    return list(crash_loop(study([], control=control), DEFAULT_THRESHOLDS))


def test_silent_unless_a_worker_paused_the_search() -> None:
    assert flags(Control()) == []
    assert flags(Control(paused=True)) == []


def test_says_who_and_why_with_the_traceback_and_how_to_go_on() -> None:
    (flag,) = flags(Control(paused=True, halt=HALT))
    assert (flag.severity, flag.order) == (Severity.CRITICAL, ResumeStudy())
    assert flag.summary == "paused by worker box-1: 3 trials failed within 60 s"
    said = [text for _, text in flag.evidence]
    assert said[0] == "Traceback:"
    assert "no luck" in str(said[-1])
    assert "\x1b" not in str(said[-1])
    assert "Go on with p, or hpt-tui resume" in flag.fix


def test_of_a_long_output_the_end() -> None:
    long = replace(HALT, tail="\n".join(map(str, range(100))))
    (flag,) = flags(Control(paused=True, halt=long))
    assert [text for _, text in flag.evidence] == [str(n) for n in range(100 - LINES, 100)]


def test_silent_once_the_search_is_being_stopped() -> None:
    assert flags(Control(paused=True, stopping=True, halt=HALT)) == []
