"""What each part loads, seen from a process of its own: the screen never torch, the worker never the screen."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROBE = "import sys\n{code}\nprint(*sorted({{m.split('.')[0] for m in sys.modules}} & set({names!r})))"
HEAVY = ("torch", "torchvision", "sklearn", "textual", "rich", "plotext", "optuna", "sqlalchemy", "numpy", "click")


FIRST_FRAME = """
import hpt_tui.__main__
from hpt_tui.cli import attach, launch, run, screen
from hpt_tui.tui.app import CockpitApp
CockpitApp._run_pump = lambda app: app.exit(len(app.screen.query("#trials")))
assert CockpitApp(lambda: None, title="digits").run(headless=True, size=(120, 40)) == 1
"""
"""What ``attach`` and ``run`` import, and the app as far as its first frame: no thread of it has started."""


def loaded(code: str) -> set[str]:
    probe = PROBE.format(code=code, names=HEAVY)
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        *(
            "hpt_tui.session",
            "hpt_tui.cli.launch",
            "hpt_tui.tui.app",
            "hpt_tui.headless",
            "hpt_tui.supervisor.fleet",
        ),
        "hpt_tui.cli.lr_find, hpt_tui.cli.lr_find_plan, hpt_tui.cli.lr_find_output, hpt_tui.cli.lr_find_png",
    ],
)
def test_the_interface_never_loads_torch(module: str) -> None:
    assert not loaded(f"import {module}") & {"torch", "torchvision", "sklearn"}


def test_the_worker_never_loads_the_screen() -> None:
    assert not loaded("import hpt_tui.worker.loop, hpt_tui.cli.worker") & {"textual", "rich", "plotext"}


def test_the_screen_sees_frames_only() -> None:
    assert not loaded("import hpt_tui.tui.app, hpt_tui.tui.chooser") & {"optuna", "sqlalchemy"}


def test_the_first_frame_waits_for_nothing_but_textual_and_click() -> None:
    assert loaded(FIRST_FRAME) == {"textual", "rich", "click"}


def test_a_study_file_pays_nothing_for_its_declaration() -> None:
    assert loaded("import hpt_tui") == set()


def test_the_training_package_loads_torch_with_the_first_name_that_needs_it() -> None:
    assert loaded("import hpt_tui.training") == set()
    space = "from hpt_tui import StudySpec, training; StudySpec('s', 'm', 'minimize', training.search_space())"
    assert not loaded(space) & {"torch", "textual", "click"}
    assert loaded("from hpt_tui import training; training.make_schedule") >= {"torch"}


def test_the_command_line_starts_with_click_alone() -> None:
    assert loaded("import hpt_tui.__main__") == {"click"}
