"""Headline, alerts and workers: the words for every state, at every width."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from hpt_tui.domain.frame import Access, Frame
from hpt_tui.domain.method import Method, Sampling
from hpt_tui.domain.snapshot import Control
from hpt_tui.domain.space import Bound
from hpt_tui.domain.step_budget import StepBudget
from hpt_tui.domain.trial import Direction, TrialState
from hpt_tui.domain.worker import WorkerState
from hpt_tui.tui.app import Outcome
from hpt_tui.tui.widgets.panel import Panel
from hpt_tui.tui.words import goes_on
from tests.builders import NOON, frame, study, trial, worker
from tests.tui import scenes
from tests.tui.fakes import ScriptedCockpit, board, cockpit_app, settled


def said(pilot: Pilot[Outcome], panel: str) -> list[str]:
    return [text.plain for text in board(pilot).query_one(f"#{panel}", Panel).lines()]


async def shown(made: Frame, panel: str, size: tuple[int, int] = (120, 40)) -> list[str]:
    async with cockpit_app(ScriptedCockpit(made)).run_test(size=size) as pilot:
        await settled(pilot)
        return said(pilot, panel)


def steered(control: Control) -> Frame:
    return replace(scenes.running(), study=scenes.running_study(control=control))


@pytest.mark.parametrize(("size", "there"), [((60, 20), False), ((200, 50), True)], ids=str)
async def test_the_method_of_the_search_is_told_where_there_is_room(size: tuple[int, int], there: bool) -> None:
    made = scenes.running()
    method = Method(Sampling.GP, seed=7)
    lines = await shown(replace(made, study=replace(made.study, method=method)), "headline", size)
    assert ("gp · median · seed 7" in lines[0]) is there


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_a_budget_of_steps_is_told_with_the_time_to_go(size: tuple[int, int]) -> None:
    made = scenes.running()
    lines = await shown(replace(made, study=replace(made.study, step_budget=StepBudget(5000))), "headline", size)
    assert "742/5 000 steps  " in lines[1]
    assert "ETA 20 min" in lines[1]


async def test_with_its_steps_run_a_search_is_finished_and_says_what_gives_more() -> None:
    made = scenes.finished()
    study_ = replace(made.study, step_budget=StepBudget(600), budget=None)
    lines = await shown(replace(made, study=study_), "headline")
    assert lines[0].startswith("✓ finished")
    assert goes_on(replace(made, study=study_)).endswith("--max-steps N")


def halted() -> Frame:
    """Stopped before its budget was used up; one trial was interrupted."""
    trials = [*scenes.rows(41, 0)[0], trial(41, TrialState.FAILED, None, by_hand=True)]
    return frame(study(trials, control=Control(stopping=True)), finished=True)


@pytest.mark.parametrize(
    ("made", "word"),
    [
        (scenes.running(), "▸ running"),
        (steered(Control(paused=True)), "‖ paused"),
        (steered(Control(stopping=True)), "■ stopping"),
        (steered(Control(stopping=True, at_once=True)), "■ stopping at once"),
        (scenes.finished(), "✓ finished"),
        (halted(), "■ stopped 41/100"),
        (scenes.stale(), "◌ stale since 14:11:16 (2 min)"),
        (scenes.empty(), "· idle"),
        (frame(study(), workers=(worker(0, WorkerState.STARTING),)), "· waiting"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)], ids=str)
async def test_the_standing_comes_first_at_every_size(made: Frame, word: str, size: tuple[int, int]) -> None:
    lines = await shown(made, "headline", size)
    assert word in lines[0]
    assert len(lines) == (3 if size == (120, 40) else 2)
    assert all(cell_len(line) <= size[0] - 2 for line in lines)


async def test_watching_only_is_said() -> None:
    assert "▸ running   digits-mlp   ○ watching only" in (await shown(scenes.watched(), "headline", (80, 24)))[0]


async def test_the_three_lines_of_the_head() -> None:
    first, second, third = await shown(scenes.flagged(), "headline", (200, 50))
    assert "digits-mlp   maximize val_acc   sqlite …/digits.db" in first
    assert "2/3 workers +1 elsewhere" in first
    assert "40/100  20 complete  19 pruned  1 failed  2 running  ETA 20 min" in second
    assert "★ best 0.9778  #31   0.0806 better than the baseline   (0.8972, #0)" in third
    assert "pruning saved 38 % of the steps" in third
    assert third.endswith("steered: dropout 0 … 0.8")


async def test_a_worse_best_and_no_budget() -> None:
    made = study(
        [trial(0, value=0.5, baseline=True), trial(1, value=0.2)], direction=Direction.MINIMIZE, budget=None
    )
    lines = await shown(frame(made), "headline")
    assert "2 finished" in lines[1]
    assert "0.3 better than the baseline" in lines[2]
    assert "ETA" not in lines[1]


async def test_several_objectives_have_no_best() -> None:
    made = replace(study([trial(0)]), directions=(Direction.MAXIMIZE, Direction.MINIMIZE))
    lines = await shown(frame(made), "headline")
    assert "several objectives" in lines[0]
    assert "no single best" in lines[2]


async def test_a_stopped_search_says_how_it_goes_on_and_what_was_interrupted() -> None:
    head = await shown(halted(), "headline")
    assert "■ stopped 41/100   p goes on" in head[0]
    assert "1 failed  1 interrupted" in head[1]
    assert "p goes on" in "\n".join(await shown(halted(), "workers"))
    assert "interrupted" not in (await shown(scenes.running(), "headline"))[1]


async def test_lost_workers_of_a_stopped_search_leave_room_for_how_it_goes_on() -> None:
    made = replace(halted(), workers=(worker(0, WorkerState.LOST),))
    assert (await shown(made, "workers"))[-1] == "p goes on"


async def test_columns_of_workers_do_not_jump() -> None:
    starting = replace(scenes.running(), workers=(worker(0, WorkerState.STARTING, pace=None),))
    training = replace(scenes.running(), workers=(worker(0, trial=40, step=30, pace=130.0),))
    assert (await shown(starting, "workers"))[0] == (await shown(training, "workers"))[0]


async def test_two_overrides() -> None:
    bounds = {"lr": Bound(1e-4, 1.0), "dropout": Bound(0.0, 0.8)}
    made = replace(scenes.running(), study=scenes.running_study(control=Control(bounds=bounds)))
    assert (await shown(made, "headline"))[2].endswith("lr 1.0e-4 … 1.0e0, 1 more")


async def test_alerts_are_sentences_with_a_key() -> None:
    text = "\n".join(await shown(scenes.flagged(), "alerts"))
    for part in ("✖ spiky-loss", "▲ edge", "● all-alike", "w widen", "enter prune #40", "enter why"):
        assert part in text


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (scenes.empty(), "too early to tell"),
        (scenes.running(), "nothing wrong so far"),
        (scenes.stale(), "No answer since 14:11:16: sqlite …/study.db: the storage does not answer (database is"),
    ],
    ids=["empty", "running", "stale"],
)
async def test_no_alerts_are_words_too(made: Frame, said: str) -> None:
    assert said in " ".join(" ".join(await shown(made, "alerts")).split())
    brief = "the storage does not answer (database is locked)" if made.stale_since else said
    assert brief in (await shown(made, "alert-line", (80, 24)))[0]


@pytest.mark.parametrize("scene", [scenes.flagged, scenes.hostile], ids=["flagged", "hostile"])
@pytest.mark.parametrize("size", [(60, 20), (80, 24)], ids=str)
async def test_the_worst_alert_is_one_line(scene: type[Frame], size: tuple[int, int]) -> None:
    (line,) = await shown(scene(), "alert-line", size)
    assert cell_len(line) <= size[0] - 2


async def test_workers_are_aligned_and_say_what_they_obey() -> None:
    lines = await shown(scenes.flagged(), "workers", (200, 50))
    head, first, *_ = lines
    assert head.split() == ["device", "pid", "state", "trial", "step", "pace", "heard"]
    assert first.split() == ["0", "cpu", "4123", "▸", "training", "#40", "12/30", "0.48", "s", "now"]
    text = "\n".join(lines)
    assert "◌1  cpu" in text
    assert len(lines) == 6
    assert "RuntimeError: CUDA out of memory" in text
    assert "gpu0@gpubox" in text


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (scenes.empty(), "Press + to start one"),
        (scenes.finished(), "All 100 trials are done; more with: hpt-tui run studies/digits.py --trials N"),
        (frame(study(), access=Access(steering=True, workers_problem="no study file")), "no study file"),
    ],
    ids=["empty", "finished", "cannot"],
)
async def test_no_workers(made: Frame, said: str) -> None:
    assert said in " ".join(" ".join(await shown(made, "workers")).split())


@pytest.mark.parametrize(
    ("silent", "text"),
    [(None, "–"), (5.0, "now"), (12.0, "12 s ago"), (75.0, "2 min ago"), (NOON, "20717 d 14 h ago")],
)
async def test_silence(silent: float | None, text: str) -> None:
    assert (await shown(frame(study(), workers=(worker(silent=silent),)), "workers"))[1].endswith(text)
