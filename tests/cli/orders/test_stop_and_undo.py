"""Orders from the shell that come into force later, and that are taken back."""

from __future__ import annotations

import json
import time

import pytest

from hpt_tui.store import keys
from hpt_tui.store.author import author
from tests.cli.orders.shell import Shell
from tests.session.desk import Desk


class TestStoppingLater:
    def test_after_so_many_more_it_counts_those_that_have_finished(self, desk: Desk, shell: Shell) -> None:
        code, out, err = shell("stop", "--after", "5")
        assert code == 0
        assert "stop: after 5 more finished trials (6 in all)" in err
        assert "no trial starts any more after 5 more finished trials" in out
        assert keys.decode_control(desk.control.attributes()).limit == 6
        _, out, err = shell("ps")
        assert "stopping after 5 more" in err
        assert json.loads(shell("ps", "--json")[1])["stop"] == "stopping after 5 more"

    def test_at_a_time_or_in_a_while(self, desk: Desk, shell: Shell) -> None:
        before = time.time()
        assert shell("stop", "--in", "2h")[0] == 0
        deadline = keys.decode_control(desk.control.attributes()).deadline
        assert deadline is not None
        assert before + 7200 <= deadline <= time.time() + 7200
        assert shell("stop", "--at", "18:30")[0] == 0
        at = keys.decode_control(desk.control.attributes()).deadline
        assert at is not None
        assert time.strftime("%H:%M:%S", time.localtime(at)) == "18:30:00"
        assert before < at <= before + 25 * 3600

    def test_it_is_taken_back_by_resume_and_by_undo(self, desk: Desk, shell: Shell) -> None:
        for back in (("resume",), ("undo", "--yes")):
            shell("stop", "--after", "5")
            assert shell(*back)[0] == 0
            assert not keys.decode_control(desk.control.attributes()).stop_ordered

    @pytest.mark.parametrize(
        ("asked", "why"),
        [
            (("--after", "0"), "0 is not in the range"),
            (("--at", "25:00"), "is no time; give 18:30"),
            (("--at", "2020-01-01 07:00"), "2020-01-01 07:00 is over already"),
            (("--in", "soon"), "is no duration; give 2h"),
            (("--in", "99999999999999h"), "is no duration; give 2h"),
            (("--in", "2h", "--at", "18:30"), "Give one of --now, --at and --in; --after goes with the last two"),
            (
                ("--now", "--after", "3", "--yes"),
                "Give one of --now, --at and --in; --after goes with the last two",
            ),
            (("--after", "9"), "the budget ends the search before: 8 trials are left"),
        ],
    )
    def test_what_makes_no_sense_is_one_line_and_changes_nothing(
        self, desk: Desk, shell: Shell, asked: tuple[str, ...], why: str
    ) -> None:
        desk.control.set_budget(9)
        before = desk.control.attributes()
        code, out, err = shell("stop", *asked)
        assert (code, out) == (2, "")
        assert why in err
        assert desk.control.attributes() == before


class TestUndoing:
    def test_the_last_order_is_put_back_exactly_and_recorded(self, desk: Desk, shell: Shell) -> None:
        shell("widen", "lr", "--high", "0.123456789")
        shell("widen", "lr", "--high", "5")
        assert shell("undo", "--yes")[0] == 0
        assert keys.decode_control(desk.control.attributes()).bounds["lr"].high == 0.123456789
        *_, undone, undo = keys.decode_events(desk.control.attributes())
        assert (undo.act, undo.undoes, undo.by) == ("undo-widen", undone.id, author())

    def test_an_event_is_called_by_its_short_id(self, desk: Desk, shell: Shell) -> None:
        shell("pause")
        shell("widen", "lr", "--high", "5")
        pause = keys.decode_events(desk.control.attributes())[0]
        code, out, _ = shell("undo", pause.short_id, "--json")
        found = json.loads(out)
        assert (code, found["control"]["paused"], found["orders"][0]["undoes"]) == (0, False, pause.id)

    @pytest.mark.parametrize(
        ("order", "event", "why"),
        [
            ((), (), "undo: no order of this study can be undone"),
            ((), ("abc",), "event abc: there is no such event"),
            (("kill", "1"), (), "no order of this study can be undone"),
        ],
    )
    def test_what_cannot_be_undone_is_refused_with_the_reason(
        self, shell: Shell, order: tuple[str, ...], event: tuple[str, ...], why: str
    ) -> None:
        if order:
            shell(*order)
        code, out, err = shell("undo", *event, "--yes")
        assert (code, out) == (2, "")
        assert why in err
