"""``hpt-tui gpus`` and ``run --gpus``: which GPUs a machine uses (the driver is made up)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from hpt_tui.cli import run_command_line
from hpt_tui.domain.machine import Packing
from hpt_tui.domain.orders.undo import UndoEvent, last_undoable
from hpt_tui.domain.snapshot import Control
from hpt_tui.session.helm import write
from hpt_tui.store import keys
from hpt_tui.supervisor import gpu
from hpt_tui.supervisor.gpu import Device
from hpt_tui.supervisor.host import this_host
from tests.session.desk import Desk

HERE = this_host().name
Shell = Callable[..., tuple[int, str, str]]


class TwoGpus:
    """A machine with two GPUs, the second one split in two."""

    def gpus(self) -> Sequence[Device]:
        return [Device(i, f"GPU-{i}{i}{i}", "NVIDIA H200", 141 << 30) for i in range(2)]

    def instances(self, gpu: Device) -> Sequence[Device] | None:
        return [Device(1, f"MIG-{n}", "H200 MIG", 16 << 30, n) for n in range(2)] if gpu.index else None


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("HPT_TUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(gpu, "Nvml", TwoGpus)
    desk = Desk(tmp_path / "study.db")
    desk.clock.now = time.time()
    desk.hire()
    return desk


@pytest.fixture
def shell(desk: Desk, capsys: pytest.CaptureFixture[str]) -> Shell:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_command_line(["gpus", desk.address.url, *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def control(desk: Desk) -> Control:
    return keys.decode_control(desk.control.attributes())


def packing(desk: Desk, host: str = HERE) -> tuple[tuple[str, ...], int | None]:
    found = control(desk).packing[host]
    return found.gpus, found.per_gpu


def test_gpus_of_this_machine_are_kept_by_uuid_with_as_many_workers_as_that_makes(
    desk: Desk, shell: Shell
) -> None:
    code, out, err = shell("0,1:1", "--per-gpu", "3")
    assert code == 0
    assert packing(desk) == (("GPU-000", "MIG-1"), 3)
    assert control(desk).wanted[HERE].workers == 6
    assert f"choose gpus {HERE} all GPUs → gpu GPU-000, MIG-1 with up to 3 workers each" in err
    assert "6 in all; those elsewhere end after their trial" in out


def test_a_split_gpu_is_its_instances(desk: Desk, shell: Shell) -> None:
    shell("1")
    assert packing(desk) == (("MIG-0", "MIG-1"), None)
    assert control(desk).wanted[HERE].workers == 2


def test_all_of_them_are_none_named(desk: Desk, shell: Shell) -> None:
    shell("all", "--per-gpu", "2")
    assert packing(desk) == ((), 2)
    assert control(desk).wanted[HERE].workers == 6


def test_another_machines_are_left_to_its_session_by_what_they_were_called(desk: Desk, shell: Shell) -> None:
    shell("0,GPU-abc", "--host", "node7")
    assert packing(desk, "node7") == (("0", "GPU-abc"), None)
    shell("all", "--host", "node7", "--per-gpu", "2")
    assert packing(desk, "node7") == ((), 2)
    assert control(desk).wanted["node7"].workers == 2
    assert HERE not in control(desk).packing


def test_draining_and_back(desk: Desk, shell: Shell) -> None:
    assert shell("--drain", "0")[0] == 0
    assert control(desk).drained == {HERE: frozenset({"GPU-000"})}
    assert "is being drained already" in shell("--drain", "GPU-0")[2]
    assert shell("--undrain", "0")[0] == 0
    assert control(desk).drained == {}
    assert [e.act for e in keys.decode_events(desk.control.attributes())] == ["drain-gpu", "undrain-gpu"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "the GPUs: nothing is said of them; name some"),
        (("7",), "the GPUs: there is no GPU '7'; this machine has: 0, 1:0, 1:1"),
        (("MIG-",), "'MIG-' is no GPU; write indices or beginnings of UUIDs"),
        (("0,0",), "'0' is named twice"),
        (("two",), "'two' is no GPU"),
        (("0", "--per-gpu", "0"), "0 is not in the range 1<=x<=32"),
        (("--drain", "all"), "'all' would leave none"),
        (("--undrain", "0"), "is not being drained"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_changes_nothing(
    desk: Desk, shell: Shell, arguments: tuple[str, ...], line: str
) -> None:
    before = desk.control.attributes()
    code, out, err = shell(*arguments)
    assert (code, out) == (2, "")
    assert line in err
    assert desk.control.attributes() == before


def test_a_document_of_another_version_that_makes_no_sense_is_all_gpus(desk: Desk) -> None:
    desk.study.set_user_attr(f"{keys.GPUS}box", {"gpus": [1, "0"], "per_gpu": 99, "at": "noon"})
    desk.study.set_user_attr(f"{keys.DRAIN}box:0", {"on": "yes"})
    assert control(desk).packing == {"box": Packing(("0",), None, 0.0)}
    assert control(desk).drained == {}


def test_a_run_on_a_gpu_that_is_not_there_ends_before_it_starts(
    tmp_path: Path, desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "f.py"
    file.write_text("def objective(trial):\n    return 1.0\n")
    assert run_command_line(["run", str(file), "--headless", "--gpus", "5"]) == 2
    assert "--gpus: there is no GPU '5'; this machine has: 0, 1:0, 1:1" in capsys.readouterr().err
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert run_command_line(["run", str(file), "--headless", "--per-gpu", "2"]) == 2
    assert "this machine has no GPU that could be used; leave them out" in capsys.readouterr().err
    assert not file.with_suffix(".db").exists()


def test_a_choice_and_a_drain_are_undone(desk: Desk, shell: Shell) -> None:
    """Issue 4, item 9: undo where undo means something."""
    shell("0", "--per-gpu", "3")
    shell("1")
    shell("--drain", "1:0")
    for act, before in (
        ("drain-gpu", ((), (("MIG-0", "MIG-1"), None), 2)),
        ("choose-gpus", ((), (("GPU-000",), 3), 3)),
    ):
        frame = desk.open(steering=False).tick()
        event = last_undoable(frame.study)
        assert event is not None
        assert event.act == act
        write(UndoEvent(event.id), frame, desk.control, time.time())
        found = control(desk)
        assert (tuple(found.drained), packing(desk), found.wanted[HERE].workers) == before
