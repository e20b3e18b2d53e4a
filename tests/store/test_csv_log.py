"""CSV logs: Lightning's, and any other with a column of steps or epochs (issue 3, item 5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpt_tui.store.csv_log import CsvLog
from hpt_tui.store.growing_file import CHUNK, GrowingFile
from hpt_tui.store.points import Points

LIGHTNING = """\
epoch,step,train_loss_epoch,train_loss_step,val_acc,val_loss
0,49,,0.9,,
0,99,,0.8,,
0,117,,,0.61,0.75
0,117,0.86,,,
1,149,,0.6,,
1,199,,0.5,,
1,235,,,0.72,0.5
1,235,0.55,,,
"""


def log(path: Path, text: str | bytes) -> GrowingFile:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    file = GrowingFile(path, CsvLog)
    file.poll(1 << 30)
    return file


def points(path: Path, text: str | bytes) -> Points:
    return log(path, text).series.points()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "metrics.csv"


def test_what_lightning_logs_once_an_epoch_stands_over_the_epochs(path: Path) -> None:
    """Optuna's steps are epochs as a rule, Lightning's are batches."""
    assert points(path, LIGHTNING) == {
        "train_loss_epoch": {0: 0.86, 1: 0.55},
        "train_loss_step": {49: 0.9, 99: 0.8, 149: 0.6, 199: 0.5},
        "val_acc": {0: 0.61, 1: 0.72},
        "val_loss": {0: 0.75, 1: 0.5},
    }


def test_rows_without_their_epoch_belong_to_the_one_that_their_step_is_in(path: Path) -> None:
    """Lightning's LearningRateMonitor logs so, at the first batch of every epoch."""
    text = "epoch,lr-SGD,step,val_loss\n,0.1,0,\n0,,99,0.7\n,0.01,100,\n1,,199,0.6\n,0.001,200,\n"
    assert points(path, text) == {"lr-SGD": {0: 0.1, 1: 0.01, 2: 0.001}, "val_loss": {0: 0.7, 1: 0.6}}


def test_a_metric_that_lightning_adds_later_rewrites_the_file(path: Path) -> None:
    file = log(path, "epoch,step,train_loss\n0,49,0.9\n")
    assert file.series.points() == {"train_loss": {0: 0.9}}
    path.write_text("epoch,step,train_loss,val_loss\n0,49,0.9,\n0,99,,0.7\n")
    file.poll(1 << 30)
    assert file.series.points() == {"train_loss": {0: 0.9}, "val_loss": {0: 0.7}}


def test_a_table_written_anew_with_the_same_beginning_is_read_anew(path: Path) -> None:
    same = "step,loss\n" + "".join(f"{i},0.5\n" for i in range(100))
    file = log(path, same + "100,0.5\n101,0.5\n")
    path.write_text(same + "100,0.1\n102,0.1\n103,0.1\n")
    file.poll(1 << 30)
    assert {step: x for step, x in file.series.points()["loss"].items() if step >= 100} == dict.fromkeys(
        (100, 102, 103), 0.1
    )


def test_an_emptied_table_keeps_its_curves_until_it_is_written_again(path: Path) -> None:
    file = log(path, "step,loss\n0,1.0\n")
    path.write_text("")
    assert file.poll(1 << 30) == 0
    assert file.series.points() == {"loss": {0: 1.0}}
    path.write_text("step,loss\n0,2.0\n")
    file.poll(1 << 30)
    assert file.series.points() == {"loss": {0: 2.0}}


def test_garbage_that_is_replaced_by_a_log_is_read(path: Path) -> None:
    file = log(path, b"a" * (CHUNK + 1))
    assert file.problem == "metrics.csv: is no CSV log: a line of more than 64 KiB"
    path.write_text("step,loss\n" + "".join(f"{i},1.0\n" for i in range(20_000)))
    file.poll(1 << 30)
    assert (file.problem, len(file.series.points())) == ("", 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epoch,loss\n1,0.5\n2,0.25\n", {1: 0.5, 2: 0.25}),
        ("step,loss\n10,0.5\n20,0.25\n", {10: 0.5, 20: 0.25}),
        ("global_step,loss\n10,0.5\n20.0,0.25\n", {10: 0.5, 20: 0.25}),
        ("                  epoch,      loss\n      1,   0.5\n      2,   0.25\n", {1: 0.5, 2: 0.25}),
        ("\ufeffEpoch,loss\r\n1,0.5\r\n2,0.25\r\n", {1: 0.5, 2: 0.25}),
        ("epoch,step,loss\n0,99,0.5\n1,99,0.25\n2,99,0.1\n", {0: 0.5, 1: 0.25, 2: 0.1}),
        ("epoch,step,loss\n0,0,0.9\n0,50,0.5\n1,0,0.4\n1,50,0.25\n", {0: 0.5, 1: 0.25}),
        ("epoch,step,loss\n0.5,10,0.5\n1.0,20,0.25\n", {10: 0.5, 20: 0.25}),
        ("epoch,step,loss\n0,10,0.5\n0,20,0.25\n", {10: 0.5, 20: 0.25}),
        ('"step","loss"\n"1","0.5"\n', {1: 0.5}),
    ],
    ids=[
        "epochs",
        "steps",
        "steps by another name",
        "padded as Ultralytics does",
        "from a spreadsheet",
        "one row an epoch, its step the same",
        "batches that start over in every epoch",
        "fractions of epochs",
        "several rows in an epoch",
        "quoted",
    ],
)
def test_the_x_of_a_plain_table(path: Path, text: str, expected: dict[int, float]) -> None:
    assert points(path, text) == {"loss": expected}


def test_what_is_no_number_is_left_out(path: Path) -> None:
    text = "step,loss,note\n0,1.0,warmup\n1,oops,\nx,2.0,\n1e400,3.0,\nnan,3.0,\n0.5,3.0,\n2,0.5\n3,0.25,done\n\n"
    assert points(path, text) == {"loss": {0: 1.0, 3: 0.25}}


def test_a_diverging_loss_is_kept(path: Path) -> None:
    loss = points(path, "step,loss\n0,inf\n1,-Infinity\n2,nan\n")["loss"]
    assert list(map(str, loss.values())) == ["inf", "-inf", "nan"]


def test_a_half_written_row_waits_for_its_end(path: Path) -> None:
    assert points(path, "step,loss\n0,1.0\n1,0.12") == {"loss": {0: 1.0}}


def test_only_what_was_appended_is_read_and_an_unchanged_file_is_not_opened(path: Path) -> None:
    file = log(path, "step,loss\n" + "".join(f"{i},1.0\n" for i in range(1000)))
    with path.open("a") as more:
        more.write("1000,2.0\n")
    assert file.poll(1 << 30) == len("1000,2.0\n")
    assert file.poll(1 << 30) == 0
    assert file.series.points()["loss"][1000] == 2.0


def test_hostile_names_are_kept_as_they_are(path: Path) -> None:
    hostile = "[/b]\x1b[31m\u202e" + "n" * 500
    assert points(path, f"step,{hostile},{'x' * 2000}\n0,1.0,2.0\n") == {hostile: {0: 1.0}}


def test_a_table_of_something_else_is_left_alone(path: Path) -> None:
    file = log(path, "image,label\n0,7\n1,3\n")
    assert file.series.points() == {}
    assert file.foreign
    assert file.problem == "metrics.csv: has neither a step nor an epoch column"


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 40,
        b"\0" * 1000,
        b'step,loss\n"0,1\n' * 50,
        b"\xff\xfe\n\n\n",
        b"\n" * 100,
        b"a" * (CHUNK + 1),
    ],
    ids=["bytes", "zeros", "open quotes", "another encoding", "empty lines", "an endless line"],
)
def test_garbage_has_no_curves(path: Path, content: bytes) -> None:
    assert points(path, content) == {}


def test_a_table_of_thousands_of_columns_shows_some(path: Path) -> None:
    names = ",".join(f"m{i}" for i in range(3000))
    file = log(path, f"step,{names}\n0,{','.join(['1'] * 3000)}\n")
    assert len(file.series.points()) == 256
    assert file.series.full
