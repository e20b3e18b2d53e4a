"""A small transformer that learns to write like Python's manual, character by character; and the proof that its
warmup matters (G33).

    hpt-tui run studies/transformer_warmup.py
    python studies/transformer_warmup.py --proof

Nothing is downloaded. HPT_TUI_TINY=1 (or --tiny) runs everything, and the same code, within seconds.
`transformer_warmup.md` has the measured figures.

To start a study of your own from it, read from top to bottom: what is searched (STUDY), one training (train), the
network, the text, the proof.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import optuna
import torch
from optuna.distributions import FloatDistribution, IntDistribution
from torch import Tensor, nn
from torch.nn import functional

import hpt_tui
from hpt_tui import training
from hpt_tui.errors import InputError


@dataclass(frozen=True, slots=True)
class Size:
    """How large the network is, and how long it learns."""

    name: str
    layers: int
    width: int
    heads: int
    context: int
    """Characters that the network sees at once."""
    batch: int
    """Windows of text a step, where it is not searched."""
    epochs: int
    steps: int
    """Optimizer steps an epoch: an epoch ends with a report, not with the text."""
    judged: int
    """Windows of the held-out text that the loss is measured on, the same ones always."""
    rates: tuple[float, ...]
    """Learning rates that the proof compares."""


NEAR_END, WIDE = (2e-3, 6e-3, 1e-2, 1.4e-2), (1e-4, 3e-4, 1e-3, 3e-3)
"""Up to where nothing trains any more: for the small size found by trying; for the large one not measured yet."""
TINY = Size("tiny", 2, width=16, heads=2, context=16, batch=8, epochs=3, steps=4, judged=16, rates=(1e-3, 1e-2))
SMALL = Size("small", 8, width=32, heads=2, context=32, batch=16, epochs=20, steps=10, judged=128, rates=NEAR_END)
LARGE = Size("large", 12, width=384, heads=6, context=256, batch=64, epochs=20, steps=250, judged=256, rates=WIDE)
SIZES = {size.name: size for size in (TINY, SMALL, LARGE)}
SAVE_EVERY = 5
"""A trial that is lost with its worker goes on from the last of these epochs."""

DEVICE = training.device()
SIZE = TINY if os.environ.get("HPT_TUI_TINY") == "1" else LARGE if DEVICE.type == "cuda" else SMALL
PRE_NORM = False
"""False is the transformer as it was published: the norm stands behind each residual sum. At the start the
gradients are then largest next to the output, and Adam's first full-size steps throw the network off: that is what
warmup is for (Xiong et al. 2020, arXiv:2002.04745). With the norm in front, True, the residual path is free from
end to end, and warmup matters little."""
COMPILE = False
"""torch.compile costs its time anew for every batch size that a search tries; True is for long trainings on a GPU
with one of them."""

STUDY = hpt_tui.StudySpec(
    name="transformer-warmup",
    metric="val_loss",
    direction="minimize",
    space={
        # Learning rate, schedule, warmup (linear from 0, so that C1 needs no switch), weight decay and clipping as
        # is usual for transformers (G8, G37); a net so small stands rates far beyond the usual 5e-4.
        **training.search_space("adamw", task="transformers", schedules=("cosine", "linear", "constant")),
        "lr": FloatDistribution(5e-5, 2e-2, log=True),
        "batch_size": IntDistribution(8, 128, log=True),
        "dropout": FloatDistribution(0.0, 0.4),
    },
    baseline={
        "lr": 5e-4,
        "schedule": "cosine",
        "warmup_share": 0.1,
        "weight_decay": 0.05,
        "clip_norm": 1.0,
        "batch_size": SIZE.batch,
        "dropout": 0.1,
    },
    steps=SIZE.epochs,
    retries=1,
)


def objective(trial: optuna.Trial) -> float:
    """Train once; the final loss on the held-out text, in nats a character."""
    return train(trial, STUDY.suggest(trial), SIZE, hpt_tui.trial_seed(trial))


def train(
    trial: optuna.Trial, params: Mapping[str, Any], size: Size, seed: int, *, pre_norm: bool = PRE_NORM
) -> float:
    """One training with AdamW, reported after every epoch; a retry goes on from its last one."""
    training.seed_everything(seed)
    learnt, held_out, letters = text()
    model = Transformer(len(letters), size, params["dropout"], pre_norm).to(DEVICE)
    optimizer = training.make_optimizer("adamw", model.parameters(), params["lr"], params["weight_decay"])
    steps = size.epochs * size.steps
    schedule = training.make_schedule(params["schedule"], optimizer, steps, params["warmup_share"])
    checkpoint = training.Checkpoint(trial, model=model, optimizer=optimizer, schedule=schedule)
    if COMPILE:
        model.compile()
    start = checkpoint.resume()
    val_loss = float(checkpoint.kept.get("val_loss") or "nan")
    for epoch in range(start, size.epochs):
        model.train()
        # Summed on the device: to look at each loss would make the GPU wait.
        total, norms = torch.zeros(2, device=DEVICE)
        for _ in range(size.steps):
            optimizer.zero_grad()
            loss = loss_of(model, drawn(learnt, params["batch_size"], size.context))
            loss.backward()  # type: ignore[no-untyped-call]
            norms += training.clip_gradients(model.parameters(), params["clip_norm"])
            optimizer.step()
            schedule.step()
            total += loss.detach()
        train_loss = training.check_finite(total / size.steps, epoch)
        val_loss = training.check_finite(judged(model, held_out, size), epoch)

        trial.report(val_loss, epoch)
        grad_norm, lr = float(norms) / size.steps, schedule.get_last_lr()[0]
        hpt_tui.log(epoch, train_loss=train_loss, val_loss=val_loss, grad_norm=grad_norm, lr=lr)
        if (epoch + 1) % SAVE_EVERY == 0:
            checkpoint.save(epoch, val_loss=val_loss)
        if trial.should_prune():
            checkpoint.remove()
            raise optuna.TrialPruned
    checkpoint.remove()
    return val_loss


def loss_of(network: nn.Module, windows: Tensor) -> Tensor:
    """The mean surprise at each next character of the windows, in nats."""
    with training.mixed_precision(windows.device):
        logits = network(windows[:, :-1])
        return functional.cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten())


@torch.no_grad()
def judged(network: nn.Module, held_out: Tensor, size: Size) -> Tensor:
    network.eval()
    starts = torch.linspace(0, len(held_out) - size.context - 1, size.judged, device=DEVICE).long()
    parts = torch.split(cut(held_out, starts, size.context), size.batch)
    return torch.stack([loss_of(network, part) * len(part) for part in parts]).sum() / size.judged


class Transformer(nn.Module):
    """A decoder of torch's own layers; their attention is torch's fused one, FlashAttention on a GPU."""

    def __init__(self, letters: int, size: Size, dropout: float, pre_norm: bool) -> None:
        super().__init__()
        self.letter = nn.Embedding(letters, size.width)
        self.place = nn.Embedding(size.context, size.width)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                size.width, size.heads, 4 * size.width, dropout, "gelu", batch_first=True, norm_first=pre_norm
            )
            for _ in range(size.layers)
        )
        self.norm = nn.LayerNorm(size.width) if pre_norm else nn.Identity()
        self.out = nn.Linear(size.width, letters)
        self.mask: Tensor
        mask = nn.Transformer.generate_square_subsequent_mask(size.context)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, characters: Tensor) -> Tensor:
        """Logits of each next character: [batch, context, letters] of [batch, context]."""
        x = self.letter(characters) + self.place.weight
        for layer in self.layers:
            x = layer(x, src_mask=self.mask, is_causal=True)
        found: Tensor = self.out(self.norm(x))
        return found


def drawn(source: Tensor, batch: int, context: int) -> Tensor:
    """Random windows of the text, drawn and gathered on the device: no loader, no copy, nothing to wait for."""
    return cut(source, torch.randint(len(source) - context, (batch,), device=source.device), context)


def cut(source: Tensor, starts: Tensor, context: int) -> Tensor:
    """[batch, context + 1] characters of ``source`` from each of ``starts`` on."""
    return source[starts[:, None] + torch.arange(context + 1, device=source.device)]


@cache
def text() -> tuple[Tensor, Tensor, str]:
    """The text to learn from, the last tenth as held-out text, and the alphabet that their numbers stand for.

    It is the language reference that Python's own ``help()`` shows, some 370,000 characters of English with code:
    an importable module of the standard library, and so there even where that is a zip file without sources. It
    differs a little from one Python version to the next. Topics share paragraphs; each is taken once, or else the
    held-out text would be known.
    """
    try:
        from pydoc_data.topics import topics
    except ImportError as error:
        why = "this Python lacks the module pydoc_data"
        raise InputError("the text", why, "install its whole standard library") from error
    parts = dict.fromkeys(
        part for name in sorted(topics) for part in re.split(r"\n{2,}", topics[name].strip("\n"))
    )
    whole = "\n\n".join(parts)
    alphabet = "".join(sorted(set(whole)))
    number = {letter: i for i, letter in enumerate(alphabet)}
    data = torch.tensor([number[letter] for letter in whole], device=DEVICE)
    split = len(data) * 9 // 10
    return data[:split], data[split:], alphabet


def frequencies_alone() -> float:
    """The loss of whoever knows only how frequent each character is: where a training ends that was thrown off,
    though its loss is finite."""
    learnt, held_out, letters = text()
    counts = torch.bincount(learnt, minlength=len(letters)) + 1.0
    return -float((counts / counts.sum()).log()[held_out].mean())


def lr_find_setup(params: Mapping[str, Any]) -> training.RangeTest:
    """What `hpt-tui lr-find` trains for a moment, to find the learning rates that are worth searching."""
    learnt, _, letters = text()
    model = Transformer(len(letters), SIZE, params["dropout"], PRE_NORM).to(DEVICE)
    optimizer = training.make_optimizer("adamw", model.parameters(), params["lr"], params["weight_decay"])
    batches = [drawn(learnt, params["batch_size"], SIZE.context) for _ in range(100)]
    return training.RangeTest(model, optimizer, batches, lambda windows: loss_of(model, windows))


def proof(size: Size, seeds: int, file: Path, *, pre_norm: bool) -> None:
    """Train with and without warmup, and print what came out. The rest is as in the baseline, without dropout, so
    that the seed alone makes the difference."""
    from warmup_proof import Run, prove

    fixed = {**STUDY.baseline, "batch_size": size.batch, "dropout": 0.0}

    def once(trial: optuna.Trial, run: Run) -> float:
        return train(trial, {**fixed, "lr": run.lr, "warmup_share": run.share}, size, run.seed, pre_norm=pre_norm)

    norm, useless = "pre-norm" if pre_norm else "post-norm", frequencies_alone()
    found = prove(f"{STUDY.name} {size.name} {norm}", file, size.rates, seeds, useless, once)
    steps = size.epochs * size.steps
    print(f"{size.layers} layers of width {size.width}, {norm}; {steps} steps of {size.batch} x {size.context}")
    print(f"final loss on held-out text, nats a character, mean ± std of {seeds} seeds, by peak lr and warmup")
    print(
        f"letter frequencies alone give {useless:.3f}; diverged: {found.limit:.3f} or more, nearer to that than to"
    )
    print("the best run\n")
    print(found.table(), *found.verdict(), sep="\n")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Measure whether warmup matters.")
    parser.add_argument("--proof", action="store_true", required=True, help="what there is to do here")
    parser.add_argument("--size", choices=SIZES, default=SIZE.name, help="%(default)s")
    parser.add_argument("--tiny", action="store_const", dest="size", const=TINY.name, help="--size tiny: seconds")
    parser.add_argument("--pre-norm", action="store_true", help="with the norms in front, where it matters little")
    parser.add_argument(
        "--seeds", type=int, choices=range(1, 101), default=3, metavar="1..100", help="%(default)s"
    )
    runs = Path(__file__).with_name("transformer_warmup_proof.db")
    parser.add_argument("--file", type=Path, default=runs, help="keeps the runs; %(default)s")
    given = parser.parse_args(arguments)
    proof(SIZES[given.size], given.seeds, given.file, pre_norm=given.pre_norm)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        print(error.line, file=sys.stderr)
        raise SystemExit(error.exit_code) from None
