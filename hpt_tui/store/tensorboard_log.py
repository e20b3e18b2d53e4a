"""TensorBoard event files: their scalars, as ``SummaryWriter``, Lightning and Keras write them.

A file is a sequence of records: length (uint64), checksum of it, an ``Event`` protocol buffer, checksum of it, all
little-endian. The records are cut here and the events are read with the ``tensorboard`` package's own class. Its
event loaders are not used: they import TensorFlow where there is one (it writes to the terminal), hold records
of any size in memory, and take 0.2 s to import where this takes 0.03 s.
"""

from __future__ import annotations

import importlib
import struct
import warnings
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from hpt_tui.store.growing_file import CHUNK
from hpt_tui.store.log_series import LogSeries

INSTALL = "TensorBoard logs are there, but not what reads them; pip install 'hpt-tui[tensorboard]'"
MAX_RECORD = CHUNK // 2
"""Bytes; longer records are skipped unread: they hold pictures, sound, graphs."""

_HEADER, _FOOTER = 12, 4
_VERSION = "brain.Event:"
_EPOCH = "epoch"
_FORMATS = {1: "<f", 2: "<d", 3: "<i", 9: "<q", 19: "<e"}
"""TensorFlow's DataType (types.proto) -> the struct format of one number of it."""


class _Dimension(Protocol):
    size: int


class _Shape(Protocol):
    dim: Sequence[_Dimension]


class _Tensor(Protocol):
    dtype: int
    tensor_shape: _Shape
    tensor_content: bytes
    float_val: Sequence[float]
    double_val: Sequence[float]
    int_val: Sequence[int]
    int64_val: Sequence[int]


class _Value(Protocol):
    tag: str
    simple_value: float
    tensor: _Tensor

    def WhichOneof(self, name: str) -> str | None: ...  # noqa: N802


class _Summary(Protocol):
    value: Sequence[_Value]


class _Event(Protocol):
    step: int
    file_version: str
    summary: _Summary


class EventFile:
    """Takes the scalars of one event file; ``epoch``, which Lightning logs beside the others, places the steps."""

    def __init__(self) -> None:
        self.series = LogSeries()
        self.problem = ""
        self.foreign = False
        self._begun = False

    def take(self, data: bytes, left: int) -> int:
        parse = event_parser()
        if parse is None:
            self.problem = INSTALL
            return 0
        place = 0
        while place + _HEADER <= len(data):
            (length,) = struct.unpack_from("<Q", data, place)
            if _masked_checksum(data[place : place + 8]) != struct.unpack_from("<I", data, place + 8)[0]:
                self.problem = "is damaged; what came before is shown" if self._begun else _NO_EVENTS
                break
            end = place + _HEADER + length + _FOOTER
            if end > left or (length <= MAX_RECORD and end > len(data)):
                break
            if length <= MAX_RECORD:
                self._event(parse(data[place + _HEADER : end - _FOOTER]))
            place = end
            if self.problem:
                break
        return place

    def _event(self, event: _Event | None) -> None:
        if not self._begun:
            self._begun = event is not None and event.file_version.startswith(_VERSION)
            self.problem = "" if self._begun else _NO_EVENTS
            return
        for value in event.summary.value if event is not None else ():
            number = _scalar(value)
            if number is None or event is None:
                continue
            if value.tag == _EPOCH:
                self.series.place(event.step, number)
            else:
                self.series.add(value.tag, event.step, number)


_NO_EVENTS = "is no TensorBoard event file"


def _scalar(value: _Value) -> float | None:
    """A summary's value, if it is one number: plain (torch, Lightning) or a tensor of one (TensorFlow 2)."""
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return float(value.simple_value)
    return _only_number(value.tensor) if kind == "tensor" else None


def _only_number(tensor: _Tensor) -> float | None:
    form = _FORMATS.get(tensor.dtype)
    if form is None or any(d.size != 1 for d in tensor.tensor_shape.dim):
        return None
    if len(tensor.tensor_content) == struct.calcsize(form):
        return float(struct.unpack(form, tensor.tensor_content)[0])
    for numbers in (tensor.float_val, tensor.double_val, tensor.int_val, tensor.int64_val):
        if len(numbers) == 1:
            return float(numbers[0])
    return None


EventParser = Callable[[bytes], _Event | None]
_parser: EventParser | None = None
_looked = False


def event_parser() -> EventParser | None:
    """What reads one event, None for bytes that are none; None where the ``tensorboard`` package is missing or
    does not get on with the installed ``protobuf``. Imported at the first call only."""
    global _parser, _looked
    if not _looked:
        _parser, _looked = _import_parser(), True
    return _parser


def _import_parser() -> EventParser | None:
    try:
        message = importlib.import_module("google.protobuf.message")
    except ImportError:
        return None
    try:
        mismatch: type[Exception] = importlib.import_module("google.protobuf.runtime_version").VersionError
    except ImportError:
        mismatch = ImportError
    try:
        # Protobuf warns of versions that are near each other, and a warning would be painted over the screen.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            events = importlib.import_module("tensorboard.compat.proto.event_pb2")
    except (ImportError, TypeError, mismatch):
        return None
    broken: type[Exception] = message.DecodeError

    def parse(data: bytes) -> _Event | None:
        try:
            return cast(_Event, events.Event.FromString(data))
        except broken:
            return None

    return parse


def _table() -> tuple[int, ...]:
    entries = []
    for entry in range(256):
        for _ in range(8):
            entry = entry >> 1 ^ (0x82F63B78 if entry & 1 else 0)
        entries.append(entry)
    return tuple(entries)


_CRC32C = _table()


def _masked_checksum(data: bytes) -> int:
    """CRC-32C as record files keep it: rotated and moved, so that checksums of checksums are no trouble."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC32C[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17 & 0xFFFFFFFF) + 0xA282EAD8) & 0xFFFFFFFF
