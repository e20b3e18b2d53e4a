"""Folders of pictures: read by torchvision, decoded once or ahead of the training, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import image_folder
from generated import tiny_folder
from hpt_tui.errors import InputError
from image_folder import Streamed, read_folder
from pictures import Data, Pictures

CPU = torch.device("cpu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_folder(tmp_path)


def read(folder: Path) -> tuple[Data, int]:
    return read_folder(folder, 40, 32, CPU)


def test_a_tenth_is_held_out_where_there_is_no_val(folder: Path) -> None:
    data, classes = read(folder)
    assert isinstance(data, Pictures)
    assert (classes, len(data.y), len(data.val_y)) == (3, 43, 5)
    assert data.x.shape == (43, 40, 40, 3)
    assert data.val_x.shape == (5, 32, 32, 3)
    again, _ = read(folder)
    assert isinstance(again, Pictures)
    assert torch.equal(data.val_y, again.val_y)


def test_train_and_val_are_used_where_they_are_there(tmp_path: Path) -> None:
    for part, pictures in (("train", 6), ("val", 2)):
        tiny_folder(tmp_path / "made" / part, pictures).rename(tmp_path / part)
    data, classes = read(tmp_path)
    assert isinstance(data, Pictures)
    assert (classes, data.y.tolist(), data.val_y.tolist()) == (3, [0] * 6 + [1] * 6 + [2] * 6, [0, 0, 1, 1, 2, 2])


def test_what_does_not_fit_is_streamed_and_gives_the_same_batches(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, _ = read(folder)
    monkeypatch.setattr(image_folder, "MOST_OF_MEMORY", 0.0)
    streamed, _ = read(folder)
    assert isinstance(kept, Pictures)
    assert isinstance(streamed, Streamed)
    one, other = (data.batches(8, torch.Generator().manual_seed(3)) for data in (kept, streamed))
    assert len(one) == len(other) == 5
    for (x, y), (x_, y_) in zip([*one, *one], [*other, *other], strict=True):
        assert torch.equal(y, y_)
        assert torch.equal(x, x_)
    for (x, y), (x_, y_) in zip(kept.held_out(2), streamed.held_out(2), strict=True):
        assert torch.equal(y, y_)
        assert torch.equal(x, x_)


@pytest.mark.parametrize(("wide", "high"), [(200, 80), (80, 200), (64, 64), (20, 30)])
@pytest.mark.parametrize(("mode", "suffix"), [("RGB", "jpg"), ("L", "png"), ("RGBA", "png"), ("P", "png")])
def test_the_middle_of_any_picture_is_kept(tmp_path: Path, wide: int, high: int, mode: str, suffix: str) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        draw = np.full((high, wide, 3), 30, dtype=np.uint8)
        across = abs(np.arange(wide) - (wide - 1) / 2) < min(high, wide) / 4
        draw[:, across] = 200
        Image.fromarray(draw).convert(mode).save(tmp_path / name / f"1.{suffix}")
    data, _ = read(tmp_path)
    assert isinstance(data, Pictures)
    row = data.x[0, 20, :, 0].float()
    assert row[12:28].mean() > 180
    assert row[:8].mean() < 50
    assert row[-8:].mean() < 50


def test_what_is_wrong_with_a_folder_is_one_line(folder: Path) -> None:
    (folder / "anemone" / "1.jpg").write_bytes(b"no picture")
    said(folder, r"anemone.1\.jpg: is no picture that can be read \(cannot identify image file")
    (folder / "anemone" / "1.jpg").unlink()
    half = folder / "anemone" / "3.jpg"
    half.write_bytes(half.read_bytes()[:400])
    said(folder, r"3\.jpg: is no picture that can be read \(Truncated File Read\)")
    half.unlink()
    (folder / "empty").mkdir()
    said(folder, "is no folder of pictures .*the classes empty")
    (folder / "empty").rename(folder / "train")
    said(folder, "train: is no folder of pictures .*any class folder")
    (folder / "anemone").rename(folder / "train" / "anemone")
    said(folder, "train: has the one class 'anemone' only; it takes two folders or more")
    (folder / "bluebell").rename(folder / "train" / "bluebell")
    said(folder, "val: is no folder of pictures .*No such file")
    tiny_folder(folder.parent / "other").rename(folder / "val")
    said(folder, r"train and val have different classes \(crocus\)")


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    said(tmp_path / "flowers", "flowers: there is no such folder; name one with a folder a class by HPT_TUI_DATA")


def said(folder: Path, pattern: str) -> None:
    with pytest.raises(InputError, match=pattern) as raised:
        read(folder)
    assert "\n" not in raised.value.line
