"""The journal from the shell."""

from __future__ import annotations

import json
import time

import pytest

from hpt_tui.domain.event import Event
from hpt_tui.store import keys
from tests.cli.orders.shell import Shell
from tests.session.desk import Desk


class TestTheJournal:
    @pytest.fixture(autouse=True)
    def steered(self, desk: Desk) -> None:
        desk.control.record(Event(1_790_000_000.0, "ann@box", "widen", "lr", "1 .. 2", "1 .. 4", "edge"))
        desk.control.record(Event(1_790_000_060.0, "bob@\x1b[31mbox", "pause"))

    def test_it_is_told_line_by_line_oldest_first(
        self, desk: Desk, shell: Shell, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
    ) -> None:
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()
        request.addfinalizer(time.tzset)
        request.addfinalizer(monkeypatch.undo)
        first, second = (event.short_id for event in keys.decode_events(desk.control.attributes()))
        assert shell("events") == (
            0,
            f"2026-09-21 14:13:20  {first}  ann@box  widen lr 1 .. 2 → 1 .. 4 (flag edge)\n"
            f"2026-09-21 14:14:20  {second}  bob@ [31mbox  pause\n",
            "",
        )

    def test_the_newest_alone_can_be_asked_for(self, shell: Shell) -> None:
        _, out, _ = shell("events", "-n", "1", "--json")
        assert [event["act"] for event in json.loads(out)["events"]] == ["pause"]

    def test_its_document_is_a_contract(self, desk: Desk, shell: Shell) -> None:
        code, out, _ = shell("events", "--json")
        assert (code, list(json.loads(out))) == (0, ["study", "storage", "events"])
        found = json.loads(out)["events"][0]
        assert found.pop("id")
        assert found == {
            "at": 1_790_000_000.0,
            "by": "ann@box",
            "act": "widen",
            "subject": "lr",
            "before": "1 .. 2",
            "after": "1 .. 4",
            "why": "edge",
            "was": {},
            "became": {},
            "undoes": "",
        }

    def test_a_time_that_no_calendar_holds_is_unknown(self, desk: Desk, shell: Shell) -> None:
        desk.control.record(Event(1e300, "ann@box", "stop"))
        assert shell("events", "-n", "1")[1].startswith("–  ")

    def test_an_act_that_there_is_not_is_no_empty_journal(self, desk: Desk, shell: Shell) -> None:
        code, out, err = shell("events", "--act", "wdien")
        assert (code, out) == (2, "")
        assert err.startswith("hpt-tui: --act wdien: there is no such act; there are widen, narrow, stop, ")
        assert shell("events", "--act", "undo-wi") == (0, "", "no such event\n")
        desk.control.record(Event(1_790_000_090.0, "ann@box", "of-a-newer-version"))
        assert shell("events", "--act", "of-a")[0] == 0

    @pytest.mark.parametrize(
        ("asked", "acts"),
        [
            (("--act", "widen"), ["widen"]),
            (("--act", "p"), ["pause"]),
            (("--subject", "lr"), ["widen"]),
            (("--since", "2026-09-21 14:14:00+00:00"), ["pause"]),
            (("--since", "2h"), []),
            ((), ["widen", "pause"]),
        ],
    )
    def test_it_can_be_asked_for_what_to_whom_and_since_when(
        self, shell: Shell, asked: tuple[str, ...], acts: list[str]
    ) -> None:
        code, out, _ = shell("events", *asked, "--json")
        assert (code, [event["act"] for event in json.loads(out)["events"]]) == (0, acts)
