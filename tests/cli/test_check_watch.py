"""``check --watch``: looks again, tells what changed, writes nothing; ``--notify``."""

from __future__ import annotations

import http.server
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import pytest

from hpt_tui.cli.check_watch import changes, notice_of, watched
from hpt_tui.cli.notify import desktop_escape, notifiers
from hpt_tui.domain.checkup import Checkup, checkup
from hpt_tui.domain.flags.flag import Severity
from hpt_tui.domain.flags.surroundings import Surroundings
from hpt_tui.errors import InputError, StorageLostError
from hpt_tui.session.lookout import Lookout
from hpt_tui.store.address import Address
from tests.builders import NOON, flag, study
from tests.cli.test_check import address, fill

__all__ = ["address"]
CALM = checkup(study(), Surroundings(NOON))


def with_flags(*severities: Severity) -> Checkup:
    flags = tuple(flag(f"f{n}", severity, parameters=()) for n, severity in enumerate(severities))
    return replace(CALM, flags=flags)


class Scripted(Lookout):
    """Shows what it is given, one look each; None is a storage that does not answer."""

    def __init__(self, *looks: Checkup | None) -> None:
        self.looks = [*looks]

    def look(self) -> Checkup:
        if (found := self.looks.pop(0)) is None:
            raise StorageLostError("study.db", "the storage does not answer")
        return found


def watch(*looks: Checkup | None, as_document: bool = False) -> list[tuple[str, str]]:
    scripted, told = Scripted(*looks), []
    watched(
        scripted,
        5,
        lambda name, text: told.append((name, text)),
        as_document=as_document,
        rest=lambda _: not scripted.looks,
    )
    return told


def test_only_changes_are_told_after_the_first_look(capsys: pytest.CaptureFixture[str]) -> None:
    told = watch(CALM, CALM, with_flags(Severity.WARNING), with_flags(Severity.WARNING), CALM)
    first, *later = capsys.readouterr().out.split("  steps ")[1].splitlines()
    assert first.strip() == "no budget of steps"
    assert [line.split("  ", 1)[1].split(":")[0] for line in later] == ["warning", "gone"]
    assert [name for name, _ in told] == ["digits"]
    assert told[0][1].startswith("warning: f0: ")


def test_a_flag_that_gets_worse_is_told_again_and_a_remark_is_not_shouted() -> None:
    worse = [*changes(with_flags(Severity.WARNING), with_flags(Severity.CRITICAL))]
    assert [(c.document["change"], c.loud) for c in worse] == [("raised", True)]
    assert [c.loud for c in changes(CALM, with_flags(Severity.INFO))] == [False]
    assert notice_of(with_flags(Severity.INFO)) is None


def test_json_is_one_line_a_change_the_first_look_among_them(capsys: pytest.CaptureFixture[str]) -> None:
    watch(with_flags(Severity.WARNING), CALM, as_document=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["change"], line["flag"]["id"]) for line in lines] == [("raised", "f0"), ("gone", "f0")]
    assert lines[0]["study"] == "digits"


def test_a_storage_that_goes_away_is_told_once_and_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    watch(CALM, None, None, CALM)
    assert capsys.readouterr().err.splitlines() == [
        "hpt-tui: study.db: the storage does not answer",
        "hpt-tui: the storage answers again",
    ]


def test_a_stop_rule_that_fires_and_an_answer_that_changes_are_told(address: Address) -> None:
    fill(address, count=40)
    with Lookout(address, "s", clock=lambda: NOON) as lookout:
        before = lookout.look()
        fired = replace(before.stop_rules[3], closeness=1.0, measured="40 of 40 trials")
        answer = replace(before.checklist[0], answer=before.checklist[-1].answer)
        after = replace(
            before,
            stop_rules=(*before.stop_rules[:3], fired, *before.stop_rules[4:]),
            checklist=(answer, *before.checklist[1:]),
        )
        assert [c.text for c in changes(before, after)] == [
            "stop rule trials fires: 40 of 40 trials",
            f"Do the trials differ? yes -> unknown: {answer.measured}",
        ]
        assert before.study is lookout.look().study


class _Hook(http.server.BaseHTTPRequestHandler):
    bodies: ClassVar[list[dict[str, str]]] = []
    answer = 204

    def do_POST(self) -> None:
        self.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.answer)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""


@pytest.fixture
def webhook() -> Iterator[str]:
    _Hook.bodies.clear()
    _Hook.answer = 204
    server = http.server.HTTPServer(("127.0.0.1", 0), _Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    server.server_close()


def test_a_webhook_is_posted_to(webhook: str, capsys: pytest.CaptureFixture[str]) -> None:
    notifiers([webhook])("dig\x1b[2Jits", "warning: edge\n" + "x" * 900)
    (body,) = _Hook.bodies
    assert body["title"] == "hpt-tui: dig [2Jits"
    assert body["text"].startswith("hpt-tui: dig [2Jits: warning: edge x") and len(body["text"]) < 600
    assert capsys.readouterr().err == ""


def test_one_that_refuses_or_is_away_is_a_line_and_the_others_are_told(
    webhook: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _Hook.answer = 500
    notifiers([webhook, "http://127.0.0.1:1/none", webhook])("digits", "text")
    assert len(_Hook.bodies) == 2
    errors = capsys.readouterr().err.splitlines()
    assert errors[0] == "hpt-tui: --notify: could not tell (127.0.0.1 answered 500)"
    assert len(errors) == 3


def test_the_desktop_is_told_in_the_terminals_own_way() -> None:
    assert desktop_escape("t", "a;b", {"TERM": "xterm-kitty"}) == "\x1b]9;t: a;b\a"
    assert desktop_escape("t", "a;b", {"TERM": "rxvt-unicode"}) == "\x1b]777;notify;t;a,b\a"
    assert desktop_escape("t", "a", {"TERM": "x", "TMUX": "/s"}) == "\x1bPtmux;\x1b\x1b]9;t: a\a\x1b\\"


@pytest.mark.parametrize(("target", "sent"), [("bell", b"\a"), ("desktop", b"\x1b]9;hpt-tui: digits: text\a")])
def test_a_terminal_gets_the_bell_and_the_desktops_escape(
    target: str, sent: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = os.openpty()
    for name, value in (("TERM", "xterm-256color"), ("TMUX", "")):
        monkeypatch.setenv(name, value)
    with open(theirs, "w") as terminal, open(ours, "rb", buffering=0) as reader:  # noqa: PTH123
        monkeypatch.setattr("sys.stderr", terminal)
        notifiers([target])("digits", "text")
        assert reader.read(1000) == sent


def test_apprise_delivers(webhook: str) -> None:
    notifiers(["apprise:" + webhook.replace("http://", "json://")])("digits", "warning: edge")
    (body,) = _Hook.bodies
    assert (body["title"], body["message"]) == ("hpt-tui: digits", "warning: edge")


def test_what_apprise_cannot_deliver_is_a_line(webhook: str, capsys: pytest.CaptureFixture[str]) -> None:
    _Hook.answer = 500
    notifiers(["apprise:" + webhook.replace("http://", "json://")])("digits", "text")
    assert capsys.readouterr().err == "hpt-tui: --notify: could not tell (apprise could not deliver)\n"


def test_apprise_names_no_service_that_it_does_not_know() -> None:
    with pytest.raises(InputError, match="apprise knows no such service"):
        notifiers(["apprise:nonsense://x"])


@pytest.mark.parametrize("target", ["bell", "desktop"])
def test_what_is_no_terminal_hears_no_bell(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    notifiers([target])("digits", "text")
    assert capsys.readouterr() == ("", "")


def test_apprise_is_asked_for_by_its_extra_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"apprise: is not installed; pip install 'hpt-tui\[notify\]'"):
        notifiers(["apprise:json://localhost"])
