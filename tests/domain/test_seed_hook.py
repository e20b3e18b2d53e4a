"""A study file that never asks for its seed is told from its source, whatever the form of the import (G28)."""

from __future__ import annotations

import pytest

from hpt_tui.domain.seed_hook import calls_seed_hook, imported_modules


@pytest.mark.parametrize(
    "source",
    [
        "import hpt_tui\ndef objective(trial):\n    seed = hpt_tui.trial_seed(trial)",
        "import hpt_tui as h\nh.trial_seed(1)",
        "from hpt_tui import trial_seed\ntrial_seed(1, default=3)",
        "from hpt_tui import StudySpec, trial_seed as seed_of\nprint(seed_of(1))",
        "from hpt_tui.study_file import trial_seed as s\nf = lambda t: g(s(t))",
        "def objective(trial):\n    from hpt_tui import trial_seed\n    torch.manual_seed(trial_seed(trial))",
    ],
)
def test_every_form_is_known(source: str) -> None:
    assert calls_seed_hook(source)


@pytest.mark.parametrize(
    "source",
    [
        "",
        "# hpt_tui.trial_seed(trial)\nseed = 'trial_seed(trial)'",
        "from hpt_tui import trial_seed",
        "import torch\ntorch.manual_seed(trial.number)",
        "from hpt_tui import log as seed_of\nseed_of(1)",
    ],
)
def test_naming_it_is_not_calling_it(source: str) -> None:
    assert not calls_seed_hook(source)


def test_what_a_file_imports() -> None:
    source = "import a.b, c as d\nfrom e.f import g\nfrom . import h\nfrom .i import j"
    assert imported_modules(source) == {"a", "c", "e"}
