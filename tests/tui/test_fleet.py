"""Issue 4, item 7 on the screen: GPUs, selected workers, what trials printed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hpt_tui.domain.frame import Frame
from hpt_tui.domain.logs import LogPage, LogRequest, shown_lines
from hpt_tui.domain.machine import Gpu, Machine, Packing
from hpt_tui.domain.orders.gpus import ChooseGpus, DrainGpu
from hpt_tui.domain.orders.workers import RemoveWorker, WantWorkers
from hpt_tui.domain.provenance import Provenance, WorkerRun
from hpt_tui.tui.screens.gpus import GpuDialog, GpuLines
from hpt_tui.tui.screens.log import LogReader
from hpt_tui.tui.screens.page import Sheet
from hpt_tui.tui.screens.trial import TrialPage
from tests.builders import with_row, worker
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, ordered, press, settled, until
from tests.tui.test_snapshots import SIZES, Compare, draws

PRINTED = b"""Epoch 1/30
\r  0%|          | 0/45\r 51%|#####     | 23/45\r100%|##########| 45/45
train_loss 1.8211 val_acc 0.5412
[bold red]no markup[/no] \x1b[31mred\x1b[0m \xff\xfe
Traceback (most recent call last):
  File "/home/ann/digits.py", line 88, in train
    raise RuntimeError("loss is NaN at step 4")
RuntimeError: loss is NaN at step 4
12:04:31 trial #18 fail: RuntimeError: loss is NaN at step 4
"""
GPUS = (
    Gpu("GPU-0a1b", "gpu0", "NVIDIA H200", 141 << 30, 96 << 30, 87),
    Gpu("GPU-1a1b", "gpu1", "NVIDIA H200", 141 << 30, 41 << 30, 12, drained=True),
    Gpu("MIG-77", "gpu2:0", "NVIDIA H200 MIG 1g.18gb", 18 << 30, None, None, chosen=False),
)
FAILED = ("f", "f", "f", "f")


def made() -> Frame:
    """A flagged study whose failed trial #18 has said where it ran and what it printed, on a machine with GPUs."""
    first = scenes.flagged()
    code = Provenance("/home/ann/digits.py", "0c3e" * 16, "4f1c" * 10, True, "3.11.4", "12.8", {"torch": "2.9.1"})
    run = WorkerRun(
        "w18", "gpubox", "gpu0", "NVIDIA H200", "GPU-0a1b", "/state/a.log", "/state/a.trials", 1.0, code
    )
    trials = with_row(first.study.trials, replace(first.study.by_number[18], worker="w18"))
    study = replace(first.study, trials=trials, runs={"w18": run})
    log = LogPage(LogRequest(18), shown_lines(PRINTED), "gpubox", "/state/a.log", 3 << 20)
    machine = Machine("gpubox", GPUS, Packing(("GPU-0a1b", "GPU-1a1b"), 2))
    workers = tuple(replace(w, device=f"gpu{w.slot % 2}") if w.here else w for w in first.workers)
    return replace(first, study=study, log=log, machine=machine, workers=workers)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("keys", "gpus"),
    [
        ((*FAILED, "enter"), True),
        ((*FAILED, "L"), True),
        (("g", "down"), True),
        (("g", "plus"), False),
        (("4",), True),
    ],
    ids=["failed trial", "log", "gpus", "no gpu", "a selected worker"],
)
def test_screens(snap_compare: Compare, size: str, keys: tuple[str, ...], gpus: bool) -> None:
    frame = made() if gpus else replace(made(), machine=Machine("laptop"))
    assert draws(snap_compare, frame, SIZES[size], *keys)


def dialog(app: object) -> str:
    lines = app.screen.query_one(GpuLines)  # type: ignore[attr-defined]
    return "\n".join(text.plain for text in lines.lines())


async def test_gpus_are_chosen_and_packed() -> None:
    cockpit = ScriptedCockpit(made())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "g", "down", "space", "down", "space", "plus")
        assert "6 workers: 2 × 3; each may take 1/3 of the memory" in " ".join(dialog(pilot.app).split())
        await press(pilot, "enter")
        await ordered(pilot, cockpit, [ChooseGpus("gpubox", ("GPU-0a1b", "MIG-77"), 3, 6)])


async def test_all_of_them_in_turns() -> None:
    cockpit = ScriptedCockpit(made())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "g", "minus", "minus", "minus", "down", "down", "space", "enter")
        await ordered(pilot, cockpit, [ChooseGpus("gpubox", (), None, 3)])


async def test_without_a_chosen_gpu_nothing_is_ordered() -> None:
    cockpit = ScriptedCockpit(made())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "g", "space", "down", "space", "enter")
        assert isinstance(pilot.app.screen, GpuDialog)
        assert "No GPU would be used" in dialog(pilot.app)
        assert cockpit.orders == []


@pytest.mark.parametrize(
    ("row", "order"), [(0, DrainGpu("gpubox", "GPU-0a1b")), (1, DrainGpu("gpubox", "GPU-1a1b", False))]
)
async def test_a_gpu_is_drained_and_given_back(row: int, order: DrainGpu) -> None:
    cockpit = ScriptedCockpit(made())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "g", *["down"] * row, "d")
        await ordered(pilot, cockpit, [order])


async def test_without_gpus_the_number_of_workers_is_set() -> None:
    cockpit = ScriptedCockpit(replace(made(), machine=Machine("laptop"), wanted=2))
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "g", "plus", "plus", "minus")
        assert "This machine has no GPU" in dialog(pilot.app)
        await press(pilot, "enter")
        await ordered(pilot, cockpit, [WantWorkers("laptop", 3)])


async def test_the_selected_worker_is_removed_and_its_output_shown() -> None:
    frame = replace(made(), workers=(worker(0, trial=40), worker(1, trial=41)))
    cockpit = ScriptedCockpit(frame)
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "4", "down", "minus")
        second = frame.workers[1].worker
        await ordered(pilot, cockpit, [RemoveWorker(second)])
        await press(pilot, "L")
        await until(pilot, lambda: cockpit.reading == LogRequest(worker=second))
        await press(pilot, "escape", "enter")
        assert isinstance(pilot.app.screen, TrialPage)


async def test_elsewhere_the_newest_worker_is_removed() -> None:
    cockpit = ScriptedCockpit(made())
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, "minus")
        await ordered(pilot, cockpit, [RemoveWorker()])


async def test_a_log_is_followed_at_its_end_and_left_alone_further_up() -> None:
    first = made()
    cockpit = ScriptedCockpit(first)
    app = cockpit_app(cockpit)

    def grown(count: int) -> Frame:
        lines = tuple(f"line {n}" for n in range(count))
        return replace(first, log=LogPage(LogRequest(18), lines, "gpubox", "/state/a.log"))

    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *FAILED, "L")
        await until(pilot, lambda: cockpit.reading == LogRequest(18))
        sheet = pilot.app.screen.query_one(Sheet)
        for count in (100, 200):
            cockpit.play(app, frame := grown(count))
            await settled(pilot, frame)
            await until(pilot, lambda: sheet.max_scroll_y and sheet.scroll_offset.y == sheet.max_scroll_y)
        await press(pilot, "pageup", "pageup")
        await until(pilot, lambda: sheet.scroll_offset.y < sheet.max_scroll_y)
        await pilot.wait_for_animation()
        before = sheet.scroll_offset.y
        cockpit.play(app, frame := grown(300))
        await settled(pilot, frame)
        assert sheet.scroll_offset.y == before


async def test_a_log_is_read_no_more_once_its_window_is_closed() -> None:
    first = made()
    cockpit = ScriptedCockpit(first)
    app = cockpit_app(cockpit)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *FAILED, "L")
        await until(pilot, lambda: cockpit.reading == LogRequest(18))
        await press(pilot, "escape")
        cockpit.play(app, replace(first, now=first.now + 1))
        await until(pilot, lambda: not app._pump._reading)


async def test_why_there_is_no_log_is_said() -> None:
    first = made()
    problem = "its log is on node7: /state/a.log"
    cockpit = ScriptedCockpit(replace(first, log=LogPage(LogRequest(18), problem=problem)))
    async with cockpit_app(cockpit).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *FAILED, "L")
        assert isinstance(pilot.app.screen, LogReader)
        said = "\n".join(text.plain for text in pilot.app.screen.query_one(Sheet).lines())
        assert said == "Its log is on node7: /state/a.log."


async def test_the_page_of_a_failed_trial_has_the_traceback_and_where_it_ran() -> None:
    async with cockpit_app(ScriptedCockpit(made())).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await press(pilot, *FAILED, "enter")
        said = "\n".join(text.plain for text in pilot.app.screen.query_one(Sheet).lines())
        for part in (
            'File "/home/ann/digits.py", line 88, in train',
            "gpubox gpu0 (NVIDIA H200, GPU-0a1b)",
            "digits.py sha256 0c3e0c3e, commit 4f1c4f1c with changes",
            "python 3.11.4, torch 2.9.1 (cuda 12.8)",
        ):
            assert part in said
        assert board(pilot).frame.log is not None
