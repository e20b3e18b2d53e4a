"""One change at a time: measured, ranked, kept, and never run twice (G31, C6)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from math import isnan, nan
from pathlib import Path

import optuna
import pytest
from optuna.trial import Trial, TrialState

import one_at_a_time
from effects import CaseStudy, Change, Effect, Level, Params
from hpt_tui.errors import DivergedError, InputError
from one_at_a_time import run

CASE = CaseStudy(
    name="case",
    title="A net",
    epochs=5,
    baseline={"lr": 0.01, "width": 64, "clip_norm": 10.0},
    changes=(Change("width", 64, 128, claimed=2), Change("lr", 0.001, 0.01, claimed=14)),
)


@dataclass
class Training:
    """Counts what is run; an accuracy that follows from the parameters and the seed."""

    fails: Callable[[Params, int], Exception | None] = lambda params, seed: None
    runs: list[tuple[Params, int]] = field(default_factory=list)

    def __call__(self, trial: Trial, params: Params, seed: int) -> float:
        self.runs.append((params, seed))
        if error := self.fails(params, seed):
            raise error
        return 0.5 + (0.2 if params["lr"] == 0.01 else 0.0) - (0.1 if params["width"] == 128 else 0.0) + seed / 100


def test_every_configuration_differs_from_the_baseline_in_one_value() -> None:
    base, *others = CASE.configurations()
    assert base == CASE.baseline
    assert [sum(base[name] != other[name] for name in base) for other in others] == [1, 1]
    assert CASE.configurations()[2]["lr"] == 0.001


def test_a_change_starts_or_ends_at_the_baseline() -> None:
    with pytest.raises(ValueError, match="lr: neither value is the baseline's"):
        CaseStudy("case", "A net", 5, {"lr": 0.1}, (Change("lr", 0.001, 0.01, 14),))


def test_runs_all_once_and_prints_what_was_measured_beside_the_guides_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    training = Training()
    assert run(CASE, training, 2, tmp_path / "runs.db") == 0
    assert len(training.runs) == 6
    assert {seed for _, seed in training.runs} == {0, 1}
    assert all(params["clip_norm"] == 10.0 for params, _ in training.runs)
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        "A net, 5 epochs, 2 seeds each: accuracy on held-out pictures, in per cent",
        "   change           before      after       measured     of the largest  the guide*",
        "1  lr 0.001 → 0.01  50.5 ± 0.5  70.5 ± 0.5  +20.0 ± 0.7  100 %           +14",
        "2  width 64 → 128   70.5 ± 0.5  60.5 ± 0.5  -10.0 ± 0.7  50 %            +2",
        "± standard error over the seeds",
        "* percentage points, an illustration: nothing else in this table is the guide's",
    ]


def test_what_was_run_is_not_run_again_and_more_seeds_add_to_it(tmp_path: Path) -> None:
    training = Training()
    for _ in range(2):
        assert run(CASE, training, 1, tmp_path / "runs.db") == 0
    assert len(training.runs) == 3
    assert run(CASE, training, 2, tmp_path / "runs.db") == 0
    assert [seed for _, seed in training.runs[3:]] == [1, 1, 1]


def test_a_run_that_broke_off_goes_on_as_its_own_retry(tmp_path: Path) -> None:
    file = tmp_path / "runs.db"
    with pytest.raises(RuntimeError, match="out of memory"):
        run(CASE, Training(lambda params, seed: RuntimeError("out of memory")), 1, file)
    training = Training()
    assert run(CASE, training, 1, file) == 0
    assert len(training.runs) == 3
    trials = optuna.load_study(study_name=CASE.study_name, storage=f"sqlite:///{file}").trials
    retry = next(t for t in trials if t.system_attrs.get("retry_history") == [0])
    assert retry.state is TrialState.COMPLETE


def test_what_a_killed_process_was_at_is_taken_up(tmp_path: Path) -> None:
    """Its trial runs for ever, but its heart beats no more."""
    file = tmp_path / "runs.db"

    class Killed(BaseException):
        """SIGKILL, which leaves the trial as it is."""

    def killed(trial: Trial, params: Params, seed: int) -> float:
        trial.study._storage.record_heartbeat(trial._trial_id)  # type: ignore[attr-defined]
        raise Killed

    with pytest.raises(Killed):
        run(CASE, killed, 1, file)
    left = Training()
    assert run(CASE, left, 1, file) == 1
    assert len(left.runs) == 2
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE trial_heartbeats SET heartbeat = datetime('now', '-121 seconds')")
    training = Training()
    assert run(CASE, training, 1, file) == 0
    assert [params for params, _ in training.runs] == [CASE.baseline]


def test_a_training_that_diverges_is_said_and_not_run_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    training = Training(lambda params, seed: DivergedError(3, nan) if params["lr"] == 0.001 else None)
    for _ in range(2):
        assert run(CASE, training, 1, tmp_path / "runs.db") == 0
    assert len(training.runs) == 3
    assert "–  lr 0.001 → 0.01  diverged  70.0   –         –               +14" in capsys.readouterr().out


def test_two_processes_share_the_runs(tmp_path: Path) -> None:
    """The second begins while the first is at its first run, and takes all the others."""
    file, second = tmp_path / "runs.db", Training()

    class First(Training):
        def __call__(self, trial: Trial, params: Params, seed: int) -> float:
            if not self.runs:
                assert run(CASE, second, 1, file) == 1
            return super().__call__(trial, params, seed)

    first = First()
    assert run(CASE, first, 1, file) == 0
    assert (len(first.runs), len(second.runs)) == (1, 2)


@pytest.mark.parametrize(
    ("before", "after", "noise"),
    [((0.80, 0.82), (0.81, 0.83), True), ((0.80, 0.81), (0.90, 0.91), False), ((0.8,), (0.81,), False)],
    ids=["within the noise", "beyond it", "one seed knows no noise"],
)
def test_a_shift_within_two_standard_errors_is_noise(
    before: tuple[float, ...], after: tuple[float, ...], noise: bool
) -> None:
    assert Effect(CASE.changes[0], Level(before), Level(after)).is_noise is noise


def test_nothing_measured_ranks_last() -> None:
    width, lr = CASE.changes
    ranked = CASE.effects([(dict(CASE.baseline), 0.7), ({**CASE.baseline, "lr": 0.001}, 0.6)])
    assert [effect.change for effect in ranked] == [lr, width]
    assert isnan(ranked[1].shift)


def test_a_file_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no database at all, but a text that is long enough to be read as one " * 20)
    for file in (text, tmp_path / "nowhere" / "runs.db"):
        with pytest.raises(InputError, match="cannot keep the runs") as raised:
            run(CASE, Training(), 1, file)
        assert "\n" not in raised.value.line
    assert not (tmp_path / "nowhere").exists()


def test_ctrl_c_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, rest = tmp_path / "runs.db", Training()

    def pressed(trial: Trial, params: Params, seed: int) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.argv", ["study.py", "--case-study", "--file", str(file)])
    with pytest.raises(SystemExit) as ended:
        one_at_a_time.main(
            lambda options: run(CASE, pressed, options.seeds, options.file),
            str(tmp_path / "study.py"),
            epochs=5,
            tiny_epochs=1,
            tiny=False,
            data=tmp_path,
        )
    assert ended.value.code == 130
    assert capsys.readouterr().err.endswith("interrupted; the same command goes on from here\n")
    assert run(CASE, rest, 1, file) == 0
    assert len(rest.runs) == 3
