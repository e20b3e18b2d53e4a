"""G33: the transformer trains, is pruned, goes on, and proves what it finds about warmup."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import optuna
import pytest
import torch
from optuna.trial import TrialState

import hpt_tui
import transformer_warmup
from hpt_tui.errors import DivergedError, InputError
from hpt_tui.study_file import connect_sink
from transformer_warmup import STUDY, TINY, Transformer, objective, text
from warmup_proof import SHARES, Cell, Proof, Run, prove


@pytest.fixture(autouse=True)
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transformer_warmup, "SIZE", TINY)
    monkeypatch.setattr(transformer_warmup, "SAVE_EVERY", 1)
    monkeypatch.chdir(tmp_path)


def study(pruner: optuna.pruners.BasePruner | None = None) -> optuna.Study:
    """With the baseline as its first trial."""
    made = optuna.create_study(study_name=STUDY.name, pruner=pruner or optuna.pruners.NopPruner())
    made.enqueue_trial(dict(STUDY.baseline))
    return made


def test_a_training_learns_and_reports_every_epoch() -> None:
    made = study()
    made.optimize(objective, n_trials=2)
    for trial in made.trials:
        assert trial.params.keys() == STUDY.space.keys()
        assert [*trial.intermediate_values] == [*range(TINY.epochs)]
        assert trial.value == trial.intermediate_values[TINY.epochs - 1]
    first, *_, last = made.trials[0].intermediate_values.values()
    assert last < first
    assert first == pytest.approx(math.log(len(text()[2])), abs=0.8)
    assert not [*Path("checkpoints").rglob("*.pt")]


def test_a_trial_is_pruned_between_two_epochs() -> None:
    made = study(optuna.pruners.ThresholdPruner(upper=0.0))
    made.optimize(objective, n_trials=1)
    assert made.trials[0].state is TrialState.PRUNED
    assert [*made.trials[0].intermediate_values] == [0]
    assert not [*Path("checkpoints").rglob("*.pt")]


def test_a_lost_trial_goes_on_from_its_checkpoint_bit_for_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    # GPUs add up in an order of their own.
    monkeypatch.setattr(transformer_warmup, "DEVICE", torch.device("cpu"))
    monkeypatch.setattr(transformer_warmup, "text", cache(text.__wrapped__))
    made = study()
    made.optimize(objective, n_trials=1)

    def die(step: int, _metrics: object) -> None:
        if step == 1:
            raise ConnectionAbortedError

    made.enqueue_trial(dict(STUDY.baseline))
    connect_sink(die)
    try:
        made.optimize(objective, n_trials=1, catch=(ConnectionAbortedError,))
    finally:
        connect_sink(None)
    whole, lost = made.trials
    assert lost.state is TrialState.FAIL
    attributes = {"failed_trial": 1, "retry_history": [1], "fixed_params": whole.params}
    made.add_trial(optuna.trial.create_trial(state=TrialState.WAITING, system_attrs=attributes))

    made.optimize(objective, n_trials=1)
    resumed = made.trials[-1]
    assert resumed.intermediate_values == whole.intermediate_values
    assert resumed.value == whole.value


@pytest.mark.parametrize("pre_norm", [False, True], ids=["post-norm", "pre-norm"])
def test_no_character_is_guessed_from_those_after_it(pre_norm: bool) -> None:
    torch.manual_seed(0)
    network = Transformer(5, TINY, 0.0, pre_norm).eval().to(transformer_warmup.DEVICE)
    one = torch.randint(5, (1, TINY.context), device=transformer_warmup.DEVICE)
    other = one.clone()
    other[0, 8:] = (one[0, 8:] + 1) % 5
    with torch.no_grad():
        before, after = network(one), network(other)
    assert torch.allclose(before[0, :8], after[0, :8], atol=1e-5)
    assert not torch.allclose(before[0, 8:], after[0, 8:], atol=1e-2)


def test_the_held_out_text_is_another_one() -> None:
    learnt, held_out, alphabet = text()
    known, new = ("".join(alphabet[i] for i in part.tolist()).split("\n\n") for part in (learnt, held_out))
    assert len(held_out) > 20_000
    # The paragraph that the cut goes through is part of both.
    assert not set(known[:-1]) & set(new[1:])


def test_a_python_without_the_text_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pydoc_data.topics", None)
    with pytest.raises(InputError, match=r"^the text: this Python lacks the module pydoc_data; install its whole"):
        text.__wrapped__()


def test_the_learning_rate_can_be_found() -> None:
    setup = transformer_warmup.lr_find_setup(STUDY.baseline)
    assert setup.one_step(next(iter(setup.batches))) == pytest.approx(math.log(len(text()[2])), abs=0.8)


PROOF = ("--proof", "--tiny", "--seeds", "1", "--file", "proof.db")
RUNS = len(TINY.rates) * len(SHARES)


def test_the_proof_goes_on_where_it_was_interrupted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    train, begun = transformer_warmup.train, 0

    def interrupted(*arguments: object, **named: object) -> float:
        nonlocal begun
        begun += 1
        if begun == 3:
            raise KeyboardInterrupt
        return train(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(transformer_warmup, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        transformer_warmup.main(PROOF)
    capsys.readouterr()
    transformer_warmup.main(PROOF)
    said = capsys.readouterr()
    assert begun == RUNS + 1
    assert len(said.err.splitlines()) == RUNS - 2
    for told in ("none", "5 %", "10 %", "0.001", "0.01", "diverged", "largest stable lr", "warmup does NOT"):
        assert told in said.out
    transformer_warmup.main(PROOF)
    again = capsys.readouterr()
    assert (again.out, again.err) == (said.out, "")


def test_a_run_whose_loss_is_no_number_has_diverged(tmp_path: Path) -> None:
    def train(trial: optuna.Trial, run: Run) -> float:
        if run.lr > 0.01 and not run.share:
            raise DivergedError(2, math.nan)
        return 2.0 + run.seed / 100

    for _ in range(2):
        found = prove("x", tmp_path / "a.db", (0.01, 0.02), 2, 3.0, train)
        assert found.cells[0.02, 0.0] == Cell((math.inf, math.inf), 2.5)
        assert found.cells[0.01, 0.1] == Cell((2.0, 2.01), 2.5)


def test_what_a_killed_process_left_waiting_is_run_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    left = optuna.create_study(storage=url, study_name="x")
    left.enqueue_trial({"seed": 0, "lr": 0.01, "warmup_share": 0.1})
    prove("x", tmp_path / "a.db", (0.01,), 1, 3.0, lambda trial, run: 1.0)
    assert [t.state for t in left.trials] == [TrialState.COMPLETE] * 3


@pytest.mark.parametrize("content", [b"no database at all" * 100, None], ids=["other file", "folder"])
def test_a_file_that_cannot_keep_the_runs_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "a.db"
    file.mkdir() if content is None else file.write_bytes(content)
    with pytest.raises(
        InputError, match=r"a\.db: cannot keep the runs \(.*name another file with --file"
    ) as raised:
        prove("x", file, (0.01,), 1, 3.0, lambda trial, run: 1.0)
    assert "\n" not in raised.value.line


def proof(*cells: tuple[tuple[float, ...], tuple[float, ...]]) -> Proof:
    """Rates 1, 2, ...: what each ended with without warmup, and with it."""
    rates = tuple(float(n + 1) for n in range(len(cells)))
    made = {
        (rate, share): Cell(cell[bool(share)], 3.0)
        for rate, cell in zip(rates, cells, strict=True)
        for share in SHARES
    }
    return Proof(rates, made, len(cells[0][0]), 3.0)


LOW, LOST = (1.0, 1.1, 1.2), (3.2, 3.1, math.inf)
VERDICTS = [
    (proof((LOW, LOW), (LOST, LOW)), "lr 2: 5 % of warmup matters: 3 of 3 runs diverge without it, 0 with it"),
    (proof((LOW, LOW), (LOST, LOW)), "warmup MATTERS here: it makes lr 2 stable, 2 times as high"),
    (proof((LOST, LOW)), "warmup MATTERS here: it makes lr 1 stable. "),
    (proof((LOW, LOST)), "warmup HARMS here: without it a higher lr is stable"),
    (proof((LOW, LOW), (LOST, LOST)), "warmup does NOT move the largest stable lr here"),
    (proof((LOW, LOW)), "warmup does NOT move the largest stable lr here, as far as was tried."),
    (proof((LOST, LOST)), "lr 1: every run diverges, with or without warmup"),
    (proof((LOW, (1.1, 1.0, 1.2))), "lr 1: it makes no difference beyond noise (+0.000 ± 0.058)"),
    (proof((LOW, (0.9, 0.99, 1.1))), "lr 1: 5 % of warmup lowers the loss by 0.103 ± 0.003"),
    (proof((LOW, (1.2, 1.31, 1.4))), "lr 1: 5 % of warmup raises the loss by 0.203 ± 0.003"),
    (proof(((1.1,), (1.0,))), "lr 1: 5 % of warmup lowers the loss by 0.100; one seed does not tell"),
]


@pytest.mark.parametrize(("found", "told"), VERDICTS)
def test_the_verdict_follows_from_the_numbers(found: Proof, told: str) -> None:
    assert told in "\n".join(found.verdict())


def test_the_table_says_what_diverged() -> None:
    lines = [line.split("  ") for line in proof((LOW, LOW), (LOST, LOW)).table().splitlines()]
    cells = [[cell.strip() for cell in line if cell] for line in lines]
    assert cells[1] == ["1", "1.100 ± 0.100", "1.100 ± 0.100", "1.100 ± 0.100"]
    assert cells[2][1] == "inf (3 of 3 diverged)"
    assert cells[3] == ["diverged", "50 %", "0 %", "0 %"]
    assert cells[4] == ["largest stable lr", "1", "2 or more", "2 or more"]


def test_the_declaration_is_named_and_long_as_it_trains() -> None:
    assert isinstance(STUDY, hpt_tui.StudySpec)
    assert (STUDY.metric, STUDY.direction, STUDY.steps) == (
        "val_loss",
        "minimize",
        transformer_warmup.SMALL.epochs,
    )
