"""What is said once a screen is left."""

from __future__ import annotations

import pytest

from hpt_tui.cli.screen import play_screen
from hpt_tui.store.address import parse_address
from hpt_tui.tui.app import CockpitApp, Outcome
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit

LAB = parse_address("postgresql://ann:hunter2@lab/studies")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (
            Outcome(frame=scenes.finished()),
            "digits-mlp: no worker of this machine is left running; best val_acc 0.9778 (#31)",
        ),
        (
            Outcome(unanswered=True),
            "left without an answer of postgresql://ann:***@lab/studies; nothing was opened",
        ),
        (
            Outcome(frame=scenes.running(), unanswered=True),
            "left without an answer of postgresql://ann:***@lab/studies; 2 workers go on; come back with: "
            "hpt-tui attach 'postgresql://ann:***@lab/studies' --study digits-mlp",
        ),
    ],
    ids=["answered", "nothing opened", "hanging"],
)
def test_what_was_left_and_how_to_come_back(
    outcome: Outcome, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(CockpitApp, "run", lambda _: outcome)
    assert play_screen(ScriptedCockpit().open, "digits-mlp", LAB) == 0
    assert capsys.readouterr().out == said + "\n"
