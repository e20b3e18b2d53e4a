"""Whole data sets of pictures that lie on the device as bytes: cropped, mirrored and scaled there in batches.

No picture is handled by itself, as in a DataLoader, and nothing is copied to the device while it trains.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """A data set, split. All of it is on one device."""

    x: Tensor
    """uint8 [pictures, rows, columns, 3], as large as or larger than ``val_x``: the margin is for cropping."""
    y: Tensor
    """int64 [pictures]: their classes."""
    val_x: Tensor
    """uint8 [pictures, rows, columns, 3]."""
    val_y: Tensor

    def batches(self, size: int, generator: torch.Generator) -> Batches:
        """For training; the generator is on the pictures' device."""
        rows, columns = self.val_x.shape[1:3]
        return Batches(self.x, self.y, min(size, len(self.y)), rows, columns, generator)

    def held_out(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches of what is held out, as it is."""
        for at in range(0, len(self.val_y), size):
            yield self.val_x[at : at + size], self.val_y[at : at + size]


@dataclass(frozen=True, slots=True, eq=False)
class Batches:
    """One epoch of (x, y) each time that it is gone through, in a new random order; the last batch is left out
    where it would be smaller."""

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
            yield self._cropped(picked), self.y[picked]

    def _cropped(self, picked: Tensor) -> Tensor:
        """Each picture's crop at a random place, half of them mirrored: all of it is one look-up in memory."""
        rows = self._anywhere(len(picked), self.rows, self.x.shape[1])
        columns = self._anywhere(len(picked), self.columns, self.x.shape[2])
        mirrored = torch.rand((len(picked), 1), generator=self.generator, device=picked.device) < 0.5
        columns = torch.where(mirrored, columns.flip(1), columns)
        return self.x[picked[:, None, None], rows[:, :, None], columns[:, None, :]]

    def _anywhere(self, count: int, length: int, whole: int) -> Tensor:
        """[count, length]: indices in a row, from a random one on."""
        device = self.x.device
        start = torch.randint(whole - length + 1, (count, 1), generator=self.generator, device=device)
        return start + torch.arange(length, device=device)


class Scaled(nn.Module):
    """The first layer: bytes [pictures, rows, columns, 3] as numbers [pictures, 3, rows, columns] around 0. The
    channels stay last in memory, as convolutions on a GPU want them."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: Sequence[float], deviation: Sequence[float]) -> None:
        """Of the pictures that the net is trained on, by channel, 0..1."""
        super().__init__()
        self.register_buffer("mean", 255 * torch.tensor(mean), persistent=False)
        self.register_buffer("deviation", 255 * torch.tensor(deviation), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return ((x - self.mean) / self.deviation).permute(0, 3, 1, 2)
