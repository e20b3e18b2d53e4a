"""Whole data sets of pictures that lie on the device as bytes: cropped, mirrored and scaled there in batches.

No picture is handled by itself, as in a DataLoader, and nothing is copied to the device while it trains.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn


class Epoch(Protocol):
    """(x, y) each time that it is gone through, in a new random order: uint8 [pictures, rows, columns, 3] and
    int64 [pictures], on the device."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]: ...


class Data(Protocol):
    """A data set, split."""

    def batches(self, size: int, generator: torch.Generator) -> Epoch:
        """For training, cropped and mirrored at random; the last batch is left out where it would be smaller. The
        generator, on the device, alone decides."""

    def held_out(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches of what is held out, as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """A data set, split, all of it on one device."""

    x: Tensor
    """uint8 [pictures, rows, columns, 3], as large as or larger than ``val_x``: the margin is for cropping."""
    y: Tensor
    """int64 [pictures]: their classes."""
    val_x: Tensor
    """uint8 [pictures, rows, columns, 3]."""
    val_y: Tensor

    def batches(self, size: int, generator: torch.Generator) -> Epoch:
        rows, columns = self.val_x.shape[1:3]
        return _Batches(self.x, self.y, min(size, len(self.y)), rows, columns, generator)

    def held_out(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        for at in range(0, len(self.val_y), size):
            yield self.val_x[at : at + size], self.val_y[at : at + size]


@dataclass(frozen=True, slots=True, eq=False)
class _Batches:
    x: Tensor
    y: Tensor
    size: int
    rows: int
    columns: int
    generator: torch.Generator

    def __len__(self) -> int:
        return len(self.y) // self.size

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(self.y), generator=self.generator, device=self.y.device)
        for batch in range(len(self)):
            picked = order[batch * self.size : (batch + 1) * self.size]
            yield cropped(self.x, picked, self.rows, self.columns, self.generator), self.y[picked]


def cropped(x: Tensor, picked: Tensor, rows: int, columns: int, generator: torch.Generator) -> Tensor:
    """A crop of each picked picture at a random place, half of them mirrored: all of it one look-up in memory."""
    across = _anywhere(columns, x.shape[2], picked, generator)
    down = _anywhere(rows, x.shape[1], picked, generator)
    mirrored = torch.rand((len(picked), 1), generator=generator, device=x.device) < 0.5
    across = torch.where(mirrored, across.flip(1), across)
    return x[picked[:, None, None], down[:, :, None], across[:, None, :]]


def _anywhere(length: int, whole: int, picked: Tensor, generator: torch.Generator) -> Tensor:
    """[picked, length]: indices in a row, from a random one on."""
    start = torch.randint(whole - length + 1, (len(picked), 1), generator=generator, device=picked.device)
    return start + torch.arange(length, device=picked.device)


class Scaled(nn.Module):
    """The first layer: bytes [pictures, rows, columns, 3] as numbers [pictures, 3, rows, columns] around 0, in
    memory as :func:`memory_format` says."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: Sequence[float], deviation: Sequence[float]) -> None:
        """Of the pictures that the net is trained on, by channel, 0..1."""
        super().__init__()
        self.register_buffer("mean", 255 * torch.tensor(mean), persistent=False)
        self.register_buffer("deviation", 255 * torch.tensor(deviation), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        scaled = ((x - self.mean) / self.deviation).permute(0, 3, 1, 2)
        return scaled.contiguous(memory_format=memory_format(x.device))


def memory_format(device: torch.device) -> torch.memory_format:
    """How pictures and weights lie in memory: with the channels last where a GPU convolves them.

    Not on a CPU: with several threads and an odd batch size the backward pass of a strided 1 x 1 convolution of
    fewer than 16 channels, channels last, crashes the process there (torch 2.15, oneDNN).
    """
    return torch.channels_last if device.type == "cuda" else torch.contiguous_format
