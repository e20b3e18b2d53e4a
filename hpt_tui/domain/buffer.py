"""A column with room to grow, and photos of it that never change."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Number = TypeVar("Number", bound=np.generic)
_LEAST = 64


class Buffer(Generic[Number]):
    """A column with room to grow. A photo shares its memory: what a photo has seen is copied before it changes,
    and a column that has not changed gives the very same photo again."""

    def __init__(self, dtype: type[Number], missing: float, width: int | None = None) -> None:
        """``missing`` fills places that nobody wrote; ``width``: so many numbers a place, else a single one."""
        self._missing, self._width = missing, width
        self._array: NDArray[Number] = np.full(self._shape(_LEAST), missing, dtype=dtype)
        self._length = self._seen = 0
        self._photo: NDArray[Number] | None = None

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: int) -> Number:
        found: Number = self._array[place]
        return found

    def write(self, place: int, value: ArrayLike) -> None:
        """Set one place; one that is not there yet comes into being, with all before it."""
        if place < self._length and self._holds(place, value):
            return
        self.reach(place + 1)
        self._unshare(place)
        self._array[place] = value

    def write_all(self, places: NDArray[np.intp], values: NDArray[Number]) -> None:
        """Set many places at once; the last of them need not be there yet."""
        if not len(places):
            return
        last = int(places.max())
        if last < self._length and np.array_equal(self._array[places], values, equal_nan=True):
            return
        self.reach(last + 1)
        self._unshare(int(places.min()))
        self._array[places] = values

    def reach(self, length: int) -> None:
        """Have at least ``length`` places."""
        if length <= self._length:
            return
        if length > len(self._array):
            grown = np.full(self._shape(max(length, len(self._array) * 3 // 2)), self._missing, self._array.dtype)
            grown[: self._length] = self._array[: self._length]
            self._array, self._seen = grown, 0
        self._length, self._photo = length, None

    def insert(self, place: int) -> None:
        """Make room for one more at ``place``; what was there moves on."""
        self._array = np.insert(self._array[: self._length], place, self._missing, axis=0)
        self._length, self._seen, self._photo = self._length + 1, 0, None

    def photo(self) -> NDArray[Number]:
        """All places, read-only."""
        if self._photo is None:
            self._photo = self._array[: self._length]
            self._photo.flags.writeable = False
            self._seen = self._length
        return self._photo

    def _holds(self, place: int, value: ArrayLike) -> bool:
        there = self._array[place]
        if self._width is not None:
            return np.array_equal(there, value, equal_nan=True)
        # A NaN is equal to another one here.
        return bool(there == value or (there != there and value != value))

    def _unshare(self, place: int) -> None:
        if place < self._seen:
            self._array, self._seen = self._array.copy(), 0
        self._photo = None

    def _shape(self, length: int) -> int | tuple[int, int]:
        return length if self._width is None else (length, self._width)
