"""When a fork of a study makes sense (issue 4, item 2)."""

from __future__ import annotations

import pytest

from hpt_tui.domain.forking import plan_fork
from hpt_tui.domain.manual.loop import ManualLoop
from hpt_tui.domain.redeclare import Redeclaration
from hpt_tui.domain.snapshot import Control
from hpt_tui.errors import OrderRefusedError
from tests.builders import study, trial


def test_no_fork_is_made_while_the_study_is_searched_by_hand() -> None:
    """The loop goes by the numbers of its trials, which a fork may change."""
    by_hand = study([trial(0)], control=Control(manual=ManualLoop("lr", 1e-3)))
    with pytest.raises(OrderRefusedError, match=r"is searched by hand; go on into the search first"):
        plan_fork(by_hand, [Redeclaration("optimizer", ("sgd", "adamw", "lion"))], "new")
