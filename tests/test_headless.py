"""Headless: the JSON lines are a contract, pinned here byte by byte; exit codes 0, 1 and 3."""

from __future__ import annotations

import dataclasses
import io
import json
import math

import pytest

from hpt_tui.domain.event import Event
from hpt_tui.domain.frame import Frame, Notice
from hpt_tui.domain.logs import LogRequest
from hpt_tui.domain.method import Method
from hpt_tui.domain.orders.order import Order
from hpt_tui.domain.orders.search import StopStudy
from hpt_tui.domain.snapshot import Control, Outline
from hpt_tui.domain.trial import TrialState
from hpt_tui.domain.trial_ledger import trials_of
from hpt_tui.headless import Headless
from tests.builders import NOON, flag, frame, study, trial

RUNNING = frame(study([trial(0, TrialState.RUNNING, None, steps=3)], budget=2))


class Scripted:
    """Plays frames, the last one for ever; remembers the orders."""

    def __init__(self, *frames: Frame) -> None:
        self.frames, self.orders = list(frames), list[Order]()

    def tick(self) -> Frame:
        return self.frames.pop(0) if len(self.frames) > 1 else self.frames[0]

    def look_at(self, trials: frozenset[int]) -> None:
        raise AssertionError("headless shows no curves")

    def read_log(self, request: LogRequest | None) -> None:
        raise AssertionError("headless shows no curves")

    def submit(self, order: Order) -> None:
        self.orders.append(order)

    def close(self, *, stop_workers: bool) -> None:
        raise AssertionError("headless leaves closing to its caller")


def play(*frames: Frame, fail_on: tuple[str, ...] = ()) -> tuple[int, list[dict[str, object]], Scripted]:
    cockpit, out = Scripted(*frames), io.StringIO()
    code = Headless(cockpit, out, io.StringIO(), lambda seconds: None, fail_on).run()
    return code, [json.loads(line) for line in out.getvalue().splitlines()], cockpit


def done(*trials: TrialState) -> Frame:
    """A search that has used its budget up."""
    return frame(study([trial(n, s) for n, s in enumerate(trials)], budget=len(trials)), finished=True)


def test_it_says_first_by_which_method_it_searches() -> None:
    err = io.StringIO()
    made = dataclasses.replace(done(TrialState.COMPLETE), study=study([trial()], budget=1, method=Method(seed=7)))
    Headless(Scripted(made), io.StringIO(), err, lambda seconds: None).run()
    assert err.getvalue().splitlines()[0] == "searching by tpe · median · seed 7"


STOPPED = Control(stopping=True)


def test_a_search_that_goes_on_in_a_fork_is_told_on_by_the_numbers_there() -> None:
    """Issue 4, item 2: what was copied is no news, what ends in the fork is, under whatever number."""
    old = frame(study([trial(n) for n in range(3)], budget=3))
    copied = [trial(0), trial(1), trial(2, TrialState.RUNNING, None)]
    new = dataclasses.replace(study(copied, budget=3), name="digits-2")
    end = dataclasses.replace(done(*[TrialState.COMPLETE] * 3).study, name="digits-2")
    code, lines, _ = play(RUNNING, old, frame(new), frame(end, finished=True))
    assert code == 0
    assert [line["number"] for line in lines if line["type"] == "trial"] == [0, 1, 2, 2]
    assert lines[-1]["study"] == "digits-2"


def test_a_big_study_that_is_still_being_read_tells_no_old_trials() -> None:
    """Issue 3: the newest and the best ones are there first, the others come behind."""
    whole = done(*[TrialState.COMPLETE] * 50)
    counts = whole.study.counts
    part = dataclasses.replace(whole.study, trials=trials_of(whole.study.trials[40:]), outline=Outline(counts, 10))
    code, lines, _ = play(frame(part), whole)
    assert (code, [line["type"] for line in lines]) == (0, ["end"])


def test_a_finished_trial_is_one_line_with_these_keys() -> None:
    _, lines, _ = play(RUNNING, done(TrialState.COMPLETE))
    assert lines[0] == {
        "type": "trial",
        "number": 0,
        "state": "complete",
        "value": 0.95,
        "steps": 30,
        "seconds": 14.0,
        "params": {"lr": 3e-3, "weight_decay": 1e-4, "dropout": 0.2, "batch_size": 64, "optimizer": "adamw"},
        "baseline": False,
        "best": True,
        "reason": "",
        "validates": None,
    }
    assert lines[-1] == {
        "type": "end",
        "reason": "budget",
        "study": "digits",
        "waiting": 0,
        "running": 0,
        "complete": 1,
        "pruned": 0,
        "failed": 0,
        "best_number": 0,
        "best_value": 0.95,
        "baseline_value": None,
    }


def test_each_trial_is_told_once_and_earlier_ones_never() -> None:
    resumed = frame(study([trial(0), trial(1, TrialState.RUNNING, None)]))
    _, lines, _ = play(resumed, resumed, done(TrialState.COMPLETE, TrialState.PRUNED))
    assert [(x["number"], x["state"]) for x in lines if x["type"] == "trial"] == [(1, "pruned")]


def test_a_flag_is_told_when_it_is_raised_and_when_it_clears() -> None:
    raised = frame(RUNNING.study, flags=(flag(),))
    _, lines, _ = play(RUNNING, raised, raised, RUNNING, done(TrialState.COMPLETE))
    flags = [x for x in lines if x["type"] == "flag"]
    assert [(x["id"], x["raised"]) for x in flags] == [("edge", True), ("edge", False)]
    assert set(flags[0]) == {
        *("type", "raised", "id", "severity", "summary", "parameters", "trials", "evidence", "cause", "fix")
    }
    assert flags[0]["evidence"] == {"position": 0.98, "crowding": "6 of 10"}


def test_an_event_is_told_with_who_when_and_what() -> None:
    event = Event(NOON, "ann@box", "widen", "lr", "1e-4 .. 1e-1", "1e-4 .. 1e0", "edge")
    _, lines, _ = play(RUNNING, frame(study(events=(event,)), finished=True))
    assert lines[0] == {
        "type": "event",
        "at": NOON,
        "by": "ann@box",
        "act": "widen",
        "subject": "lr",
        "before": "1e-4 .. 1e-1",
        "after": "1e-4 .. 1e0",
        "why": "edge",
        "was": {},
        "became": {},
        "undoes": "",
        "id": "",
    }


def test_a_notice_is_told() -> None:
    said = Frame(study=RUNNING.study, notices=(Notice("worker 1 died", failed=True),))
    _, lines, _ = play(said, done(TrialState.COMPLETE))
    assert lines[0] == {"type": "notice", "text": "worker 1 died", "failed": True}


def test_numbers_that_json_lacks_are_null_and_text_stays_inside_its_string() -> None:
    odd = trial(0, value=math.inf, params={"lr": math.nan, "name\n\x1b[31m": "a\nb"})
    _, lines, _ = play(RUNNING, frame(study([odd]), finished=True))
    assert lines[0]["value"] is None
    assert lines[0]["params"]["lr"] is None  # type: ignore[index]
    assert lines[0]["params"]["name\n\x1b[31m"] == "a\nb"  # type: ignore[index]


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ((RUNNING, done(TrialState.COMPLETE, TrialState.FAILED)), 0),
        ((RUNNING, done(TrialState.FAILED, TrialState.PRUNED)), 1),
        ((RUNNING, frame(study(), finished=True)), 1),
        ((RUNNING, frame(study([trial(0)], budget=9), finished=True)), 1),
        ((RUNNING, frame(study([trial(0)], budget=9, control=STOPPED), finished=True)), 0),
        ((done(TrialState.COMPLETE),), 0),
        ((done(TrialState.COMPLETE), done(TrialState.COMPLETE, TrialState.FAILED)), 0),
    ],
    ids=[
        "some complete",
        "none complete",
        "nothing ran",
        "gave up",
        "stopped",
        "was finished before",
        "finished at the first look",
    ],
)
def test_exit_codes(frames: tuple[Frame, ...], code: int) -> None:
    assert play(*frames)[0] == code


def test_only_failures_after_a_resume_are_a_failure() -> None:
    resumed = frame(study([trial(0), trial(1, TrialState.RUNNING, None)]))
    assert play(resumed, done(TrialState.COMPLETE, TrialState.FAILED))[0] == 1


def test_a_flag_that_was_asked_for_stops_the_study_once_and_makes_the_code_3() -> None:
    flagged = frame(RUNNING.study, flags=(flag(),))
    code, _, cockpit = play(RUNNING, flagged, flagged, done(TrialState.COMPLETE), fail_on=("edge",))
    assert code == 3
    assert cockpit.orders == [StopStudy(reason="edge")]


def test_another_flag_stops_nothing() -> None:
    flagged = frame(RUNNING.study, flags=(flag(),))
    code, _, cockpit = play(RUNNING, flagged, done(TrialState.COMPLETE), fail_on=("over-pruned",))
    assert (code, cockpit.orders) == (0, [])


def test_an_outage_is_told_and_its_end() -> None:
    away = Frame(study=RUNNING.study, stale_since=NOON, trouble="study.db: the file is gone")
    _, lines, _ = play(RUNNING, away, away, RUNNING, done(TrialState.COMPLETE))
    assert [x["text"] for x in lines if x["type"] == "notice"] == [
        "study.db: the file is gone",
        "the storage answers again",
    ]


def test_without_a_terminal_the_progress_is_plain_lines() -> None:
    err = io.StringIO()
    Headless(Scripted(RUNNING, done(TrialState.COMPLETE)), io.StringIO(), err, lambda seconds: None).run()
    assert err.getvalue().splitlines() == [
        "1/1  #0 complete 0.9500  val_acc best 0.9500 #0  0 running",
        "done: val_acc best 0.9500 #0  0 running",
    ]
    assert "\x1b" not in err.getvalue()
