"""TensorBoard event files, as torch, Lightning and TensorFlow write them (issue 3, item 5)."""

from __future__ import annotations

import math
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.summary.writer.record_writer import RecordWriter
from torch.utils.tensorboard import SummaryWriter

from hpt_tui.store import tensorboard_log
from hpt_tui.store.growing_file import GrowingFile
from hpt_tui.store.run_logs import POLL_BYTES, RunLogs


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SummaryWriter]:
    writer = SummaryWriter(str(tmp_path / "3"))
    yield writer
    writer.close()


def put(writer: SummaryWriter, step: int, *, new_style: bool = False, **scalars: float) -> None:
    for tag, value in scalars.items():
        writer.add_scalar(tag, value, step, new_style=new_style)
    writer.flush()


def only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def records(path: Path, *events: Event) -> Path:
    """An event file made by TensorBoard's own writer of records."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        writer = RecordWriter(file)
        for event in (Event(file_version="brain.Event:2"), *events):
            writer.write(event.SerializeToString())
    return path


def test_torch_s_scalars_of_both_styles_are_curves(tmp_path: Path, writer: SummaryWriter) -> None:
    put(writer, 0, loss=1.0, acc=0.5)
    put(writer, 5, loss=0.25, new_style=True)
    assert RunLogs("{number}", tmp_path).points(3) == {"loss": {0: 1.0, 5: 0.25}, "acc": {0: 0.5}}


def test_the_curves_grow_between_polls(tmp_path: Path, writer: SummaryWriter) -> None:
    logs = RunLogs("{number}", tmp_path)
    put(writer, 0, loss=1.0)
    before = logs.points(3)
    assert logs.points(3) is before
    put(writer, 1, loss=0.5)
    assert logs.points(3) == {"loss": {0: 1.0, 1: 0.5}}


def test_a_log_cut_anywhere_shows_what_is_whole_and_goes_on_when_the_rest_comes(
    tmp_path: Path, writer: SummaryWriter
) -> None:
    for step in range(3):
        put(writer, step, loss=step / 2)
    whole = only_file(tmp_path / "3").read_bytes()
    path = tmp_path / "events.out.tfevents.cut"
    logs = GrowingFile(path, tensorboard_log.EventFile)
    seen = []
    for end in range(1, len(whole) + 1):
        path.write_bytes(whole[:end])
        logs.poll(POLL_BYTES)
        seen.append(len(logs.series.points().get("loss", ())))
        assert logs.problem == ""
    assert seen == sorted(seen)
    assert logs.series.points() == {"loss": {0: 0.0, 1: 0.5, 2: 1.0}}


def test_lightning_s_epochs_are_the_x_of_what_is_logged_once_an_epoch(
    tmp_path: Path, writer: SummaryWriter
) -> None:
    for epoch in range(3):
        for step in (50, 99):
            put(writer, 100 * epoch + step, train_loss_step=1.0 / (epoch + 1), epoch=epoch)
        put(writer, 100 * epoch + 99, val_loss=0.5 - epoch / 10, epoch=epoch)
    points = RunLogs("{number}", tmp_path).points(3)
    assert set(points) == {"train_loss_step", "val_loss"}
    assert list(points["val_loss"]) == [0, 1, 2]
    assert list(points["train_loss_step"]) == [50, 99, 150, 199, 250, 299]


def test_what_is_no_scalar_is_skipped(tmp_path: Path, writer: SummaryWriter) -> None:
    import numpy

    writer.add_text("note", "hello", 0)
    writer.add_histogram("weights", numpy.arange(100.0), 0)
    writer.add_image("noise", numpy.random.default_rng(0).random((3, 160, 160)), 0)
    put(writer, 1, loss=0.5)
    file = only_file(tmp_path / "3")
    assert file.stat().st_size > tensorboard_log.MAX_RECORD
    logs = RunLogs("{number}", tmp_path)
    assert logs.points(3) == {"loss": {1: 0.5}}
    assert logs.problem == ""


def tensor(dtype: int, content: bytes = b"", dims: tuple[int, ...] = (), **values: object) -> TensorProto:
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in dims])
    return TensorProto(dtype=dtype, tensor_shape=shape, tensor_content=content, **values)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (tensor(1, struct.pack("<f", 0.5)), 0.5),
        (tensor(2, struct.pack("<d", 0.1), (1,)), 0.1),
        (tensor(1, float_val=[0.5]), 0.5),
        (tensor(9, int64_val=[7]), 7.0),
        (tensor(1, float_val=[math.inf]), math.inf),
        (tensor(1, struct.pack("<2f", 0.5, 1.0), (2,)), None),
        (tensor(7, string_val=[b"text"]), None),
        (tensor(1, b"x"), None),
        (tensor(1), None),
        (tensor(999, float_val=[1.0]), None),
        (tensor(1, float_val=[1.0], dims=(-1, 2**40)), None),
    ],
)
def test_tensorflow_s_scalars_are_tensors_of_one_number(
    tmp_path: Path, value: TensorProto, expected: float | None
) -> None:
    summary = Summary(value=[Summary.Value(tag="epoch_loss", tensor=value)])
    records(tmp_path / "3/train/events.out.tfevents.1.v2", Event(step=2, summary=summary))
    found = {} if expected is None else {"train/epoch_loss": {2: expected}}
    assert RunLogs("{number}", tmp_path).points(3) == found


def scalar(step: int, tag: str, value: float) -> Event:
    return Event(step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]))


def test_a_resumed_run_goes_on_in_another_file(tmp_path: Path) -> None:
    records(tmp_path / "3/events.out.tfevents.100.box", scalar(0, "loss", 4), scalar(1, "loss", 3))
    records(tmp_path / "3/events.out.tfevents.200.box", scalar(1, "loss", 2), scalar(2, "loss", 1))
    assert RunLogs("{number}", tmp_path).points(3) == {"loss": {0: 4.0, 1: 2.0, 2: 1.0}}


def test_pictures_are_passed_over_unread(tmp_path: Path) -> None:
    picture = Event(
        step=1, summary=Summary(value=[Summary.Value(tag="x", tensor=tensor(7, string_val=[b"." * 10**6]))])
    )
    many = [
        Summary.Value(tag=f"a long name of a metric, so that many fill much {i}", simple_value=i)
        for i in range(200)
    ]
    path = records(
        tmp_path / "3/events.out.tfevents.1", picture, picture, Event(step=1, summary=Summary(value=many)), picture
    )
    logs = GrowingFile(path, tensorboard_log.EventFile)
    assert logs.poll(POLL_BYTES) < path.stat().st_size / 20
    assert len(logs.series.points()) == 200
    assert logs.problem == ""


def test_epochs_that_go_back_are_no_x(tmp_path: Path) -> None:
    events = [scalar(step, tag, value) for step, value in ((10, 0.0), (5, 1.0)) for tag in ("loss", "epoch")]
    records(tmp_path / "3/events.out.tfevents.1", *events)
    assert RunLogs("{number}", tmp_path).points(3) == {"loss": {10: 0.0, 5: 1.0}}


def test_hostile_tags_are_kept_as_they_are(tmp_path: Path) -> None:
    hostile = "[/b]\x1b[31m\u202e\n" + "n" * 500
    events = [scalar(-5, hostile, math.nan), scalar(0, "x" * 5000, 1.0), scalar(2**62, "", 1.0)]
    records(tmp_path / "3/events.out.tfevents.1", *events)
    points = RunLogs("{number}", tmp_path).points(3)
    assert set(points) == {hostile, ""}
    assert math.isnan(points[hostile][-5])


@pytest.mark.parametrize("content", [bytes(range(256)) * 40, b"\0" * 5000, b"step,loss\n0,1\n" * 100])
def test_a_file_of_something_else_is_told_and_does_not_spoil_the_others(tmp_path: Path, content: bytes) -> None:
    records(tmp_path / "3/events.out.tfevents.1", scalar(0, "loss", 1.0))
    (tmp_path / "3/events.out.tfevents.0").write_bytes(content)
    logs = RunLogs("{number}", tmp_path)
    assert logs.points(3) == {"loss": {0: 1.0}}
    assert logs.problem == "#3: events.out.tfevents.0: is no TensorBoard event file"


def test_a_log_that_is_damaged_in_the_middle_keeps_its_beginning(tmp_path: Path) -> None:
    path = records(tmp_path / "3/events.out.tfevents.1", scalar(0, "loss", 1.0))
    with path.open("ab") as file:
        file.write(b"\xff" * 100)
    logs = RunLogs("{number}", tmp_path)
    assert logs.points(3) == {"loss": {0: 1.0}}
    assert logs.problem == "#3: events.out.tfevents.1: is damaged; what came before is shown"


def test_records_of_something_else_are_no_events(tmp_path: Path) -> None:
    path = tmp_path / "3/data.tfevents"
    path.parent.mkdir()
    with path.open("wb") as file:
        RecordWriter(file).write(b"\xff\xff not a protocol buffer")
    logs = RunLogs("{number}", tmp_path)
    assert logs.points(3) == {}
    assert logs.problem == "#3: data.tfevents: is no TensorBoard event file"


def test_without_the_package_the_notice_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records(tmp_path / "3/events.out.tfevents.1", scalar(0, "loss", 1.0))
    (tmp_path / "3/metrics.csv").write_text("step,acc\n0,0.5\n")
    monkeypatch.setattr(tensorboard_log, "_looked", False)
    monkeypatch.setitem(sys.modules, "tensorboard.compat.proto.event_pb2", None)
    monkeypatch.setattr(tensorboard_log, "_parser", None)
    logs = RunLogs("{number}", tmp_path)
    assert logs.points(3) == {"acc": {0: 0.5}}
    assert "pip install 'hpt-tui[tensorboard]'" in logs.problem


PROBE = """
import sys
from pathlib import Path
from hpt_tui.store.run_logs import RunLogs
logs = RunLogs("{number}", Path(sys.argv[1]))
logs.points(4)
early = "google.protobuf" in sys.modules
found = logs.points(3)
heavy = {"tensorflow", "torch", "fsspec", "absl"} & set(sys.modules)
sys.exit(f"{early} {heavy} {found}" if early or heavy or not found else 0)
"""


def test_reading_imports_little_and_only_when_there_is_an_event_file_and_prints_nothing(tmp_path: Path) -> None:
    """The screen is painted on stderr: a line of TensorFlow's would stay in it."""
    records(tmp_path / "3/events.out.tfevents.1", scalar(0, "loss", 1.0))
    (tmp_path / "4").mkdir()
    (tmp_path / "4/a.csv").write_text("step,loss\n0,1\n")
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", PROBE, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
