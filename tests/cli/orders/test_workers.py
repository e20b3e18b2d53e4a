"""Workers from the shell: how many there are to be, and which there are."""

from __future__ import annotations

import json
import os
from pathlib import Path

from filelock import FileLock

from hpt_tui.session.keeper import kept_here
from hpt_tui.store import keys
from hpt_tui.store.record import StudyRecord
from tests.cli.orders.shell import HERE, Shell, elsewhere
from tests.session.desk import Desk


class TestHowManyWorkers:
    def test_those_too_many_end_after_their_trial_the_newest_first(self, desk: Desk, shell: Shell) -> None:
        for worker, started in (("old", 1.0), ("newest", 3.0), ("newer", 2.0)):
            elsewhere(desk, worker, started)
        code, out, err = shell("workers", "1", "--host", "node7")
        assert (code, err.splitlines()[-1]) == (0, f"s ({desk.address.label}): set workers node7 3 → 1")
        assert out.splitlines()[-1] == "whether a session keeps workers there cannot be seen from here"
        control = keys.decode_control(desk.control.attributes())
        assert (control.leaving, control.wanted["node7"].workers) == (frozenset({"newest", "newer"}), 1)

    def test_a_machine_that_the_study_knows_nothing_of_is_said_to_be_so(self, desk: Desk, shell: Shell) -> None:
        """A slip in its name would else go unnoticed."""
        code, out, _ = shell("workers", "1", "--host", "node8")
        assert (code, out.splitlines()[-1].split(",")[0]) == (0, "no worker of this study is known on node8")

    def test_where_no_session_keeps_workers_none_is_promised(self, desk: Desk, shell: Shell) -> None:
        _, out, _ = shell("workers", "3")
        assert out.splitlines()[-1].startswith(
            "no session on this machine keeps workers: none is started before one does"
        )
        _, out, _ = shell("workers", "1")
        assert out.splitlines()[-1].endswith("those that end are not replaced")

    def test_a_session_that_keeps_workers_here_is_seen(self, desk: Desk, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "train.py").write_text("def objective(trial):\n    return 0.0\n")
        desk.control.declare(StudyRecord(str(tmp_path / "train.py"), HERE, "value", "maximize"))
        session = desk.open()
        session.tick()
        assert kept_here(desk.address, "s")
        for count, said in (("1", "it keeps them at that number"), ("2", "it starts those that are missing")):
            assert shell("workers", count)[1].splitlines()[-1].endswith(said)
        session.close(stop_workers=False)
        assert not kept_here(desk.address, "s")

    def test_looking_for_a_keeper_leaves_its_place_free(self, desk: Desk, tmp_path: Path) -> None:
        desk.open().close(stop_workers=False)
        assert not kept_here(desk.address, "s")
        for lock in (tmp_path / "state" / "locks").glob("*.keeper"):
            with FileLock(lock, timeout=0) as held:
                assert held.is_locked

    def test_more_for_a_finished_search_are_refused_with_the_way_out(self, desk: Desk, shell: Shell) -> None:
        desk.control.set_budget(1)
        code, _, err = shell("workers", "4")
        assert code == 2
        assert "all 1 trials are done; more with: hpt-tui run … --trials N" in err


class TestTheWorkers:
    def test_they_are_listed_this_machine_first(self, desk: Desk, shell: Shell) -> None:
        elsewhere(desk, "w7", 1.0)
        code, out, _ = shell("ps")
        head, ours, theirs = [line.split() for line in out.splitlines()]
        assert (code, head) == (0, ["HOST", "PID", "DEVICE", "STATE", "TRIAL", "STEP", "SILENT", "NOTE"])
        assert ours[:6] == [HERE, str(os.getpid()), "cpu", "training", "#1", "–"]
        assert theirs[:6] == ["node7", "9", "gpu0", "training", "–", "–"]

    def test_a_dead_one_is_listed_as_lost(self, desk: Desk, shell: Shell) -> None:
        desk.lease(2**22 - 1, 1.0)
        assert "its process is gone" in shell("ps")[1]

    def test_their_document_is_a_contract(self, desk: Desk, shell: Shell) -> None:
        desk.control.want("node7", 2, desk.clock.now)
        found = json.loads(shell("ps", "--json")[1])
        assert 0 <= found["workers"][0].pop("silent") < 60
        assert found == {
            "study": "s",
            "storage": desk.address.label,
            "wanted": {"node7": 2},
            "stop": "",
            "workers": [
                {
                    "worker": "w1",
                    "host": HERE,
                    "pid": os.getpid(),
                    "slot": 0,
                    "device": "cpu",
                    "state": "training",
                    "trial": 1,
                    "step": None,
                    "seconds_per_step": None,
                    "obeys": True,
                    "note": "",
                }
            ],
        }

    def test_nobody_is_said(self, desk: Desk, shell: Shell) -> None:
        desk.control.drop_lease("w1")
        assert shell("ps") == (0, "", "no worker of hpt-tui's is there\n")
