"""A folder of pictures as torchvision's ImageFolder reads it, one folder a class.

They are decoded once and kept on the device where they fit, else anew in each epoch, ahead of the training.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torchvision.datasets import ImageFolder

from hpt_tui.errors import InputError
from pictures import Data, Epoch, Pictures, cropped

Sample: TypeAlias = tuple[str, int]
"""A file, and its class."""

MOST_OF_MEMORY = 0.25
"""The decoded pictures take no more than this share of what is free on the device: the net needs memory, and so do
other workers."""
HELD_OUT = 0.1
"""Of the pictures, where there is no folder ``val`` beside ``train``."""
DECODED_AT_ONCE, BATCHES_AHEAD = 256, 3


def read_folder(folder: Path, stored: int, side: int, device: torch.device) -> tuple[Data, int]:
    """The pictures, and how many classes there are.

    ``folder`` holds ``train`` and ``val``, or the classes' folders themselves. Of each picture the middle is kept,
    scaled to ``stored`` x ``stored``; what is trained on are crops of ``side`` x ``side``.

    Raises:
        InputError: the folder is missing, has no or only one class, an empty one, or a file that is no picture.
    """
    train, val, classes = _samples(folder)
    bytes_ = 3 * (len(train) * stored**2 + len(val) * side**2)
    streamed = Streamed(train, val, stored, side, device)
    if bytes_ > MOST_OF_MEMORY * _free(device):
        return streamed, len(classes)
    return streamed.kept(), len(classes)


def _samples(folder: Path) -> tuple[list[Sample], list[Sample], tuple[str, ...]]:
    if not folder.is_dir():
        raise InputError(str(folder), "there is no such folder", "name one with a folder a class by HPT_TUI_DATA")
    if not (folder / "train").is_dir():
        whole = _read(folder)
        order = torch.randperm(len(whole.samples), generator=torch.Generator().manual_seed(0)).tolist()
        shuffled, count = [whole.samples[n] for n in order], max(1, round(HELD_OUT * len(order)))
        return shuffled[count:], shuffled[:count], tuple(whole.classes)
    train, val = _read(folder / "train"), _read(folder / "val")
    if train.classes != val.classes:
        odd = ", ".join(sorted(set(train.classes) ^ set(val.classes)))
        raise InputError(
            str(folder), f"train and val have different classes ({odd})", "give both the same folders"
        )
    return train.samples, val.samples, tuple(train.classes)


def _read(folder: Path) -> ImageFolder:
    try:
        found = ImageFolder(folder)
    except OSError as error:
        raise InputError(
            str(folder), f"is no folder of pictures ({error})", "it takes one folder a class"
        ) from error
    if len(found.classes) < 2:
        raise InputError(
            str(folder), f"has the one class {found.classes[0]!r} only", "it takes two folders or more"
        )
    return found


def _free(device: torch.device) -> int:
    """Bytes."""
    return int(torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available)


@dataclass(frozen=True, slots=True)
class Streamed:
    """A data set, split, that is decoded while it is used."""

    train: Sequence[Sample]
    val: Sequence[Sample]
    stored: int
    side: int
    device: torch.device

    def batches(self, size: int, generator: torch.Generator) -> Epoch:
        return _StreamedBatches(self, min(size, len(self.train)), generator)

    def held_out(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        at = (self.stored - self.side) // 2
        for x, y in self.decoded([self.val[n : n + size] for n in range(0, len(self.val), size)]):
            yield x[:, at : at + self.side, at : at + self.side], y

    def kept(self) -> Pictures:
        """All of it decoded, on the device."""
        x = torch.empty((len(self.train), self.stored, self.stored, 3), dtype=torch.uint8, device=self.device)
        parts = [self.train[n : n + DECODED_AT_ONCE] for n in range(0, len(self.train), DECODED_AT_ONCE)]
        for part, (decoded, _) in enumerate(self.decoded(parts)):
            x[part * DECODED_AT_ONCE :][: len(decoded)] = decoded
        y = torch.tensor([label for _, label in self.train], device=self.device)
        val_x, val_y = (torch.cat(parts) for parts in zip(*self.held_out(DECODED_AT_ONCE), strict=True))
        return Pictures(x, y, val_x, val_y)

    def decoded(self, batches: Sequence[Sequence[Sample]]) -> Iterator[tuple[Tensor, Tensor]]:
        """Each batch on the device, while threads are at the next ones: PIL decodes without Python's lock."""
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            waiting = deque(
                [pool.submit(self._decode, file) for file, _ in batch] for batch in batches[:BATCHES_AHEAD]
            )
            for number, batch in enumerate(batches):
                x = torch.from_numpy(np.stack([decoding.result() for decoding in waiting.popleft()]))
                for later in batches[number + BATCHES_AHEAD : number + BATCHES_AHEAD + 1]:
                    waiting.append([pool.submit(self._decode, file) for file, _ in later])
                y = torch.tensor([label for _, label in batch])
                yield self._moved(x), self._moved(y)

    def _moved(self, tensor: Tensor) -> Tensor:
        if self.device.type != "cuda":
            return tensor
        return tensor.pin_memory().to(self.device, non_blocking=True)

    def _decode(self, file: str) -> NDArray[np.uint8]:
        """uint8 [stored, stored, 3]: the middle of the picture."""
        try:
            with Image.open(file) as image:
                # A JPEG is decoded smaller than it is, as long as it stays large enough.
                image.draft("RGB", (self.stored, self.stored))
                scale = self.stored / min(image.size)
                size = [max(self.stored, round(length * scale)) for length in image.size]
                left, top = (size[0] - self.stored) // 2, (size[1] - self.stored) // 2
                resized = image.convert("RGB").resize((size[0], size[1]), Image.Resampling.BILINEAR)
                return np.asarray(resized.crop((left, top, left + self.stored, top + self.stored)))
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise InputError(file, f"is no picture that can be read ({error})", "mend or remove it") from error


@dataclass(frozen=True, slots=True)
class _StreamedBatches:
    data: Streamed
    size: int
    generator: torch.Generator

    def __len__(self) -> int:
        return len(self.data.train) // self.size

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        data, count = self.data, len(self) * self.size
        order = torch.randperm(len(data.train), generator=self.generator, device=data.device)[:count].tolist()
        batches = [[data.train[n] for n in order[at : at + self.size]] for at in range(0, count, self.size)]
        for x, y in data.decoded(batches):
            picked = torch.arange(len(y), device=data.device)
            yield cropped(x, picked, data.side, data.side, self.generator), y
