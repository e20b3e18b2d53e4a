"""Logs that trials keep beside the study, as curves (issue 3, item 5)."""

from __future__ import annotations

import math
import os
import socket
from pathlib import Path

import pytest

from hpt_tui.domain.description import Description
from hpt_tui.store import keys
from hpt_tui.store.address import parse_address
from hpt_tui.store.connect import close_storage, open_storage
from hpt_tui.store.create import create_study
from hpt_tui.store.record import StudyRecord, decode_record
from hpt_tui.store.run_logs import POLL_BYTES, RunLogs, study_logs

PLAIN = "step,loss\n0,1.0\n1,0.5\n"
LOSS = {"loss": {0: 1.0, 1: 0.5}}


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# Whose logs


def test_the_number_finds_the_trial_s_own_folder(tmp_path: Path) -> None:
    write(tmp_path / "runs/3/metrics.csv", PLAIN)
    write(tmp_path / "runs/13/metrics.csv", "step,loss\n0,13\n")
    logs = RunLogs("runs/{number}", tmp_path)
    assert logs.points(3) == LOSS
    assert logs.points(13) == {"loss": {0: 13.0}}
    assert logs.points(4) == {}
    assert logs.problem == ""


def test_wildcards_never_take_another_trial_s_logs(tmp_path: Path) -> None:
    write(tmp_path / "ray/objective_00003_lr=0.1/progress.csv", PLAIN)
    write(tmp_path / "ray/objective_00013_lr=0.1/progress.csv", "step,loss\n0,13\n")
    assert RunLogs("ray/*_{number}_*", tmp_path).points(3) == LOSS


def test_a_template_may_name_the_file_itself(tmp_path: Path) -> None:
    write(tmp_path / "logs/trial3.csv", PLAIN)
    write(tmp_path / "logs/trial4.csv", "step,loss\n0,4\n")
    assert RunLogs("logs/trial{number}.csv", tmp_path).points(3) == LOSS


def test_what_the_study_file_says_is_in_the_study_for_whoever_attaches(tmp_path: Path) -> None:
    write(tmp_path / "runs/0/metrics.csv", PLAIN)
    address = parse_address(str(tmp_path / "study.db"))
    target = str(tmp_path / "train.py")
    study_id = create_study(address, Description("s", target, "objective", logs="runs/{number}", declared=True))
    storage = open_storage(address, writable=False)
    try:
        record = decode_record(storage.get_study_user_attrs(study_id)[keys.SPEC])
    finally:
        close_storage(storage)
    assert study_logs(record).points(0) == LOSS


def test_a_trial_s_own_attribute_wins_over_the_study_file(tmp_path: Path) -> None:
    write(tmp_path / "runs/3/a.csv", "step,loss\n0,9\n")
    write(tmp_path / "else*where/a.csv", PLAIN)
    write(tmp_path / "elsewhere/a.csv", "step,loss\n0,8\n")
    record = StudyRecord(
        str(tmp_path / "train.py:objective"), socket.gethostname(), "loss", "minimize", logs="runs/{number}"
    )
    logs = study_logs(record)
    assert logs.points(3) == {"loss": {0: 9.0}}
    assert logs.points(3, "else*where") == LOSS
    assert logs.points(3, str(tmp_path / "elsewhere")) == {"loss": {0: 8.0}}


def test_what_attach_says_wins_over_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "copied/3/a.csv", PLAIN)
    write(tmp_path / "own/a.csv", "step,loss\n0,9\n")
    monkeypatch.chdir(tmp_path)
    record = StudyRecord("/far/train.py", "another host", "loss", "minimize", logs="runs/{number}")
    logs = study_logs(record, "copied/{number}")
    assert logs.points(3, str(tmp_path / "own")) == LOSS


def test_the_names_of_another_machine_are_not_looked_up_here(tmp_path: Path) -> None:
    write(tmp_path / "runs/3/a.csv", PLAIN)
    record = StudyRecord(str(tmp_path / "train.py"), "box", "loss", "minimize", logs="runs/{number}")
    logs = study_logs(record)
    assert logs.points(3) == {}
    assert logs.points(3, str(tmp_path / "runs/3")) == {}
    assert logs.problem == "its logs are on box; name them as seen from here with --logs"


def test_a_study_that_says_nothing_has_no_logs(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", PLAIN)
    logs = study_logs(None)
    assert logs.points(3) == {}
    assert logs.points(3, str(tmp_path)) == LOSS
    assert logs.problem == ""


def test_a_template_that_finds_nothing_is_told(tmp_path: Path) -> None:
    logs = RunLogs("rums/{number}", tmp_path, overrules=True)
    assert logs.points(3) == {}
    assert logs.problem == "no TensorBoard or CSV log at rums/{number}"


@pytest.mark.parametrize(
    ("attributes", "folder"),
    [
        ({"log_dir": "runs/a"}, "runs/a"),
        ({"log_dir": "runs/a", "hpt:logs": "b"}, "b"),
        ({"log_dir": ["runs"]}, ""),
        ({}, ""),
    ],
)
def test_a_trial_names_its_logs_by_an_attribute(attributes: dict[str, object], folder: str) -> None:
    assert keys.log_folder(attributes) == folder


# What is read, and when


def test_a_poll_adds_what_was_appended(tmp_path: Path) -> None:
    file = write(tmp_path / "3/a.csv", PLAIN)
    logs = RunLogs("{number}", tmp_path)
    before = logs.points(3)
    assert logs.points(3) is before
    with file.open("a") as more:
        more.write("2,0.25\n3,0.1")
    after = logs.points(3)
    assert after["loss"] == {0: 1.0, 1: 0.5, 2: 0.25}
    with file.open("a") as more:
        more.write("25\n")
    assert logs.points(3)["loss"][3] == 0.125


def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    file = write(tmp_path / "3/a.csv", PLAIN)
    logs = RunLogs("{number}", tmp_path)
    assert logs.points(3) == LOSS
    file.write_text("")
    assert logs.points(3) == LOSS, "the curve does not blink while the file is written"
    file.write_text("step,loss\n0,7\n1,7\n2,7\n3,7\n")
    assert logs.points(3) == {"loss": dict.fromkeys(range(4), 7.0)}


def test_logs_that_come_later_are_found_and_deleted_ones_are_dropped(tmp_path: Path) -> None:
    logs = RunLogs("runs/{number}", tmp_path)
    assert logs.points(3) == {}
    file = write(tmp_path / "runs/3/deep/a.csv", PLAIN)
    assert logs.points(3) == {"deep/loss": LOSS["loss"]}
    write(tmp_path / "runs/3/b.csv", "step,acc\n0,1\n")
    assert set(logs.points(3)) == {"deep/loss", "acc"}
    file.unlink()
    assert set(logs.points(3)) == {"acc"}


def test_a_folder_that_has_been_quiet_is_not_listed_again(tmp_path: Path) -> None:
    write(tmp_path / "3/a.csv", PLAIN)
    long_ago = 1_000_000_000
    os.utime(tmp_path / "3", (long_ago, long_ago))
    logs = RunLogs("{number}", tmp_path)
    assert logs.points(3) == LOSS
    write(tmp_path / "3/b.csv", "step,acc\n0,1\n")
    os.utime(tmp_path / "3", (long_ago, long_ago))
    assert logs.points(3) == LOSS, "nothing moved its time, so nothing was looked for"
    os.utime(tmp_path / "3")
    assert set(logs.points(3)) == {"loss", "acc"}


def test_a_folder_that_changed_just_now_may_change_again_without_its_time_moving(tmp_path: Path) -> None:
    write(tmp_path / "3/a.csv", PLAIN)
    moment = (tmp_path / "3").stat().st_mtime_ns
    logs = RunLogs("{number}", tmp_path)
    assert logs.points(3) == LOSS
    write(tmp_path / "3/b.csv", "step,acc\n0,1\n")
    os.utime(tmp_path / "3", ns=(moment, moment))
    assert set(logs.points(3)) == {"loss", "acc"}


def test_a_big_log_is_read_over_several_polls(tmp_path: Path) -> None:
    rows = POLL_BYTES // 8
    write(tmp_path / "3/a.csv", "step,loss\n" + "".join(f"{i},{i / 2}\n" for i in range(rows)))
    logs = RunLogs("{number}", tmp_path)
    first = logs.points(3)
    assert 0 < max(first["loss"]) < rows - 1
    for _ in range(8):
        last = logs.points(3)
    assert max(last["loss"]) == rows - 1
    assert len(last["loss"]) <= 2048, "it is thinned to what a screen can show"
    assert min(last["loss"].values()) == 0.0


def test_thinning_keeps_a_spike_and_a_divergence(tmp_path: Path) -> None:
    values = ["1.0"] * 30_000
    values[777], values[20_000] = "99", "nan"
    write(tmp_path / "3/a.csv", "step,loss\n" + "".join(f"{i},{v}\n" for i, v in enumerate(values)))
    logs = RunLogs("{number}", tmp_path)
    loss = logs.points(3)["loss"]
    assert loss[777] == 99
    assert math.isnan(loss[20_000])


@pytest.mark.parametrize(("limit", "value"), [("KEPT_POINTS", 5), ("KEPT_TRIALS", 2)])
def test_trials_that_were_not_asked_for_lately_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(f"hpt_tui.store.run_logs.{limit}", value)
    for number in range(4):
        write(tmp_path / f"{number}/a.csv", PLAIN)
    logs = RunLogs("{number}", tmp_path)
    found = {number: logs.points(number) for number in range(4)}
    assert logs.points(3) is found[3]
    assert logs.points(2) is found[2]
    again = logs.points(0)
    assert again == LOSS
    assert again is not found[0]


def test_a_folder_below_stands_before_the_names_but_not_lightning_s_own(tmp_path: Path) -> None:
    write(tmp_path / "3/train/a.csv", PLAIN)
    write(tmp_path / "3/lightning_logs/version_0/metrics.csv", PLAIN)
    assert RunLogs("{number}", tmp_path).points(3) == {"train/loss": LOSS["loss"], "loss": LOSS["loss"]}


# What a study may hold instead


@pytest.mark.parametrize("path", ["a\0b", "\ud800", "x" * 5000, "/dev/null", "/dev/zero/x", "nowhere", "a.csv/b"])
def test_a_path_that_is_none_has_no_curves(tmp_path: Path, path: str) -> None:
    write(tmp_path / "a.csv", PLAIN)
    assert RunLogs("{number}", tmp_path).points(3, path) == {}
    assert RunLogs("{number}/" + path, tmp_path).points(3) == {}


def test_a_huge_folder_is_given_up_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hpt_tui.store.log_listing.MAX_ENTRIES", 50)
    for index in range(60):
        write(tmp_path / f"3/{index:02}.bin", "x")
    logs = RunLogs("{number}", tmp_path)
    assert logs.points(3) == {}
    assert logs.problem.startswith("#3: so many files and folders")


def test_of_too_many_log_files_the_last_are_read(tmp_path: Path) -> None:
    for index in range(40):
        write(tmp_path / f"3/{index:02}.csv", f"step,m{index}\n0,1\n")
    logs = RunLogs("{number}", tmp_path)
    assert set(logs.points(3)) == {f"m{index}" for index in range(8, 40)}
    assert logs.problem == "#3: 40 log files; the last 32 are read"


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    write(tmp_path / "3/a.csv", PLAIN)
    (tmp_path / "3/again").symlink_to(tmp_path / "3")
    (tmp_path / "3/loop.csv").symlink_to(tmp_path / "3/loop.csv")
    logs = RunLogs("{number}", tmp_path)
    assert logs.points(3) == LOSS
    assert logs.problem.startswith("#3: loop.csv: cannot be read")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "3").mkdir()
    os.mkfifo(tmp_path / "3/pipe.csv")
    (tmp_path / "3/zero.csv").symlink_to("/dev/zero")
    assert RunLogs("{number}", tmp_path).points(3) == {}
