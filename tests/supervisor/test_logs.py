"""Logs on the disk: found by their index, read at their end only, tidied away when there are too many."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

import pytest

from hpt_tui.config import log_index
from hpt_tui.supervisor.log_reader import Span, read_tail, spans
from hpt_tui.supervisor.log_tidying import tidy

INDEX = """{"worker": "w1", "log": "x"}
{"trial": 3, "from": 10}
{"trial": 3, "to": 20}
not json
{"trial": "4", "from": 0}
{"trial": 5, "from": 20}
{"trial": 3, "to": 99}
[1]
"""


def test_the_index_says_which_part_is_which_trials(tmp_path: Path) -> None:
    index = tmp_path / "i.trials"
    index.write_text(INDEX)
    assert spans(index, "w1") == {3: Span(10, 20), 5: Span(20)}
    assert spans(index, "w2") is None


def test_no_more_than_the_end_is_read_of_a_log_of_ten_gigabytes(tmp_path: Path) -> None:
    log = tmp_path / "huge.log"
    with log.open("wb") as file:
        file.truncate(10 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b"\nthe last line\n")
    data, before = read_tail(log, Span(5), most=15)
    assert data == b"\nthe last line\n"
    assert before == (10 << 30) - 5
    assert read_tail(log, Span(10 << 30, (10 << 30) + 5)) == (b"\nthe ", 0)


@pytest.fixture
def logs(tmp_path: Path) -> list[Path]:
    """Five of 8 KiB, the oldest first, in two studies."""
    made = []
    for number in range(5):
        log = tmp_path / f"study{number % 2}" / f"{number}.log"
        log.parent.mkdir(exist_ok=True)
        log.write_bytes(b"x" * 8192)
        log_index(log).write_text("{}\n")
        os.utime(log, (time.time() - 1000 + number,) * 2)
        made.append(log)
    return made


def left(logs: list[Path]) -> list[int]:
    assert [log_index(log).exists() for log in logs] == [log.exists() for log in logs]
    return [number for number, log in enumerate(logs) if log.exists()]


def test_the_oldest_logs_go_when_there_are_too_many_or_too_much(tmp_path: Path, logs: list[Path]) -> None:
    tidy(tmp_path)
    assert left(logs) == [0, 1, 2, 3, 4]
    tidy(tmp_path, most_logs=3)
    assert left(logs) == [2, 3, 4]
    tidy(tmp_path, most_bytes=16384)
    assert left(logs) == [3, 4]
    tidy(tmp_path, most_bytes=1)
    assert left(logs) == [4]


def test_the_log_of_a_living_worker_stays(tmp_path: Path, logs: list[Path]) -> None:
    with log_index(logs[0]).open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        tidy(tmp_path, most_logs=1)
        assert left(logs) == [0, 4]
    tidy(tmp_path, most_logs=1)
    assert left(logs) == [4]


def test_a_folder_that_is_not_there_is_tidy(tmp_path: Path) -> None:
    tidy(tmp_path / "none")
