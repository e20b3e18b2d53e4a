"""Data sets on the device: what a batch is made of."""

from __future__ import annotations

import torch
from torch import Tensor

from pictures import Pictures, Scaled


def numbered(count: int, rows: int = 6, columns: int = 5, margin: int = 2) -> Pictures:
    """Every pixel of every picture differs from all others in its colour."""
    high, wide = rows + margin, columns + margin
    x = torch.arange(count * high * wide * 3).remainder(256).reshape(count, high, wide, 3).to(torch.uint8)
    return Pictures(x, torch.arange(count), x[:3, :rows, :columns], torch.arange(3))


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def windows(picture: Tensor, rows: int, columns: int) -> list[Tensor]:
    """Every crop, and its mirror image."""
    high, wide = picture.shape[0] - rows + 1, picture.shape[1] - columns + 1
    crops = [picture[r : r + rows, c : c + columns] for r in range(high) for c in range(wide)]
    return crops + [crop.flip(1) for crop in crops]


def test_each_picture_is_cropped_somewhere_and_sometimes_mirrored() -> None:
    pictures, seen = numbered(8), set[int]()
    for seed in range(20):
        for x, y in pictures.batches(4, seeded(seed)):
            assert x.dtype is torch.uint8
            assert x.shape == (4, 6, 5, 3)
            for crop, number in zip(x, y.tolist(), strict=True):
                known = windows(pictures.x[number], 6, 5)
                found = [place for place, window in enumerate(known) if torch.equal(window, crop)]
                assert len(found) == 1
                seen.update(found)
    assert seen == set(range(18))


def test_an_epoch_shows_every_picture_once_in_another_order_each_time() -> None:
    batches = numbered(12).batches(4, seeded(0))
    first, second = ([n for _, y in batches for n in y.tolist()] for _ in range(2))
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second


def test_a_smaller_last_batch_is_left_out_but_a_batch_is_never_larger_than_the_data() -> None:
    assert [len(y) for _, y in numbered(11).batches(4, seeded(0))] == [4, 4]
    assert [len(y) for _, y in numbered(3).batches(64, seeded(0))] == [3]
    assert len(numbered(11).batches(4, seeded(0))) == 2


def test_the_generator_alone_decides() -> None:
    one, same, other = (next(iter(numbered(12).batches(4, seeded(seed))))[0] for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_what_is_held_out_comes_whole_and_as_it_is() -> None:
    pictures = numbered(12)
    x, y = (torch.cat(parts) for parts in zip(*pictures.held_out(2), strict=True))
    assert torch.equal(x, pictures.val_x)
    assert torch.equal(y, pictures.val_y)


def test_bytes_become_numbers_around_0() -> None:
    x = torch.randint(0, 256, (500, 4, 4, 3), dtype=torch.uint8)
    scaled = Scaled((0.5, 0.5, 0.5), (0.25, 0.25, 0.5))(x)
    assert scaled.shape == (500, 3, 4, 4)
    assert scaled.is_contiguous()
    assert torch.allclose(scaled[7, 2, 1, 3], (x[7, 1, 3, 2] / 255 - 0.5) / 0.5, atol=1e-6)
