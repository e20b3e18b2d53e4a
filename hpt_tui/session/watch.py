"""Judging a study look by look: its flags, since when each is up, and those that the user has muted."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hpt_tui.config import limits, study_lock_path
from hpt_tui.domain.event import Event
from hpt_tui.domain.flags.flag import Flag
from hpt_tui.domain.flags.rules import judge, look_round, sorted_by_severity
from hpt_tui.domain.snapshot import EMPTY_SNAPSHOT, StudySnapshot
from hpt_tui.domain.vigil import NO_VIGIL, FlagKey, MuteFlag, Vigil
from hpt_tui.domain.worker import WorkerView
from hpt_tui.errors import OrderRefusedError
from hpt_tui.session.moves import Moves
from hpt_tui.store.address import Address


class Watch:
    """The rules over one study. What is muted is kept in the state folder, one file a study.

    Raises InputError from its constructor for a configuration that means nothing.
    """

    def __init__(self, address: Address, study: str) -> None:
        self.limits = limits(study)
        self._moves = Moves()
        self._judged: StudySnapshot = EMPTY_SNAPSHOT
        self._flags: tuple[Flag, ...] = ()
        self._vigil = NO_VIGIL
        self._url, self._study = address.url, study
        self._muted = _read(self._url, study)

    def look(self, study: StudySnapshot, workers: tuple[WorkerView, ...], now: float, *, whole: bool) -> Vigil:
        """What is to be said of ``study`` now; unless it has been read ``whole``, what was said of it before: of
        a big study the counts of steps, which some rules go by, come after everything else."""
        if study is not self._judged and whole:
            self._judged, self._flags = study, judge(study, self.limits.flags)
        passing = look_round(study, self._moves.seen(study, workers, now), self.limits.flags)
        found = sorted_by_severity((*self._flags, *passing)) if passing else self._flags
        self._vigil = self._vigil.after(found, self._muted, now)
        return self._vigil

    def mute(self, order: MuteFlag, now: float) -> str:
        """Carry ``order`` out; what is to be said of it.

        Raises:
            OrderRefusedError: the state folder cannot be written to.
        """
        muted = self._muted | {order.key} if order.on else self._muted - {order.key}
        try:
            _write(_file(self._url, self._study), muted)
        except OSError as error:
            raise OrderRefusedError("the state folder", f"cannot be written ({error.strerror})") from error
        self._muted = muted
        return order.said(Event(now, "", "mute" if order.on else "unmute", order.flag))


def _file(url: str, study: str) -> Path:
    return study_lock_path(url, study).with_suffix(".muted")


def _read(url: str, study: str) -> frozenset[FlagKey]:
    """What was muted; nothing where there is no such file, no state folder, or something that is none of ours."""
    try:
        found = json.loads(_file(url, study).read_text(encoding="utf-8"))
        return frozenset((str(flag), tuple(map(str, names))) for flag, names in found)
    except (OSError, ValueError, TypeError):
        return frozenset()


def _write(file: Path, muted: frozenset[FlagKey]) -> None:
    beside = file.with_suffix(f".{os.getpid()}")
    beside.write_text(json.dumps(sorted(muted)), encoding="utf-8")
    beside.replace(file)
