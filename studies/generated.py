"""Small made-up data in the real data sets' own formats: for a quick look at a study file, and for its tests."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock
from numpy.typing import NDArray
from PIL import Image
from torchvision.datasets import CIFAR10
from torchvision.models.resnet import Bottleneck, ResNet


def coloured(labels: NDArray[np.int64], side: int, seed: int) -> NDArray[np.uint8]:
    """Noise [pictures, side, side, 3] in which each of 12 classes brightens a colour in a quarter of the rows."""
    draw = np.random.default_rng(seed)
    x = draw.integers(0, 100, (len(labels), 4, side // 4, side, 3), dtype=np.uint8)
    x[np.arange(len(labels)), labels // 3, :, :, labels % 3] += 120
    return x.reshape(len(labels), side, side, 3)


class TinyCifar(CIFAR10):  # type: ignore[misc]
    """CIFAR-10's files as torchvision reads them, whatever is in them: the check sums are the real ones' alone."""

    train_list = [(name, None) for name, _ in CIFAR10.train_list]  # noqa: RUF012  torchvision's own
    test_list = [(name, None) for name, _ in CIFAR10.test_list]  # noqa: RUF012
    meta = {**CIFAR10.meta, "md5": None}  # noqa: RUF012


def tiny_cifar(folder: Path, pictures: int = 64) -> TinyCifar:
    """CIFAR-10 with so many pictures a file, written into ``folder`` once, by one process, and read from there."""
    batches = folder / TinyCifar.base_folder
    batches.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "cifar-10.lock"):
        meta = batches / TinyCifar.meta["filename"]
        if not meta.exists():
            for seed, (name, _) in enumerate(TinyCifar.train_list + TinyCifar.test_list):
                labels = np.arange(pictures) % 10
                x = coloured(labels, 32, seed).transpose(0, 3, 1, 2).reshape(pictures, -1)
                (batches / name).write_bytes(pickle.dumps({"data": x, "labels": labels.tolist()}))
            meta.write_bytes(pickle.dumps({TinyCifar.meta["key"]: [f"class {n}" for n in range(10)]}))
        return TinyCifar(folder)


def tiny_folder(folder: Path, pictures: int = 16) -> Path:
    """Three classes of so many JPEG and PNG files each, of several sizes, in folders as ImageFolder reads them;
    written once. The folder of the folders."""
    root = folder / "pictures"
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "pictures.lock"):
        if not (root / "done").exists():
            for label, name in enumerate(("anemone", "bluebell", "crocus")):
                (root / name).mkdir(exist_ok=True)
                for n, x in enumerate(coloured(np.full(pictures, label), 80, label)):
                    suffix, wide = (".jpg", 80 + 10 * (n % 3)) if n % 2 else (".png", 80)
                    Image.fromarray(x).resize((wide, 80)).save(root / name / f"{n}{suffix}")
            (root / "done").touch()
    return root


def tiny_resnet() -> ResNet:
    """ResNet-50's parts, one block a stage and a fraction of the channels within it."""
    return ResNet(Bottleneck, [1, 1, 1, 1], width_per_group=4)


def tiny_weights(hub: Path) -> str:
    """Random weights in a file such as torch.hub keeps, written once; the URL that it would be of."""
    name = "tiny-resnet.pth"
    hub.mkdir(parents=True, exist_ok=True)
    with FileLock(hub / f"{name}.lock"):
        if not (hub / name).exists():
            torch.manual_seed(0)
            torch.save(tiny_resnet().state_dict(), hub / f"{name}.part")
            (hub / f"{name}.part").replace(hub / name)
    return f"https://generated.invalid/{name}"
