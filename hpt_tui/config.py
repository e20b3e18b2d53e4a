"""Where hpt-tui keeps its own files on this machine, and what the user has set there."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_config_dir, user_state_dir

from hpt_tui.domain.judging import STANDARD, Limits
from hpt_tui.errors import InputError

STATE_DIR_VARIABLE = "HPT_TUI_STATE_DIR"
CONFIG_VARIABLE = "HPT_TUI_CONFIG"


def state_dir() -> Path:
    """The folder for locks and logs, made if it is missing; ``HPT_TUI_STATE_DIR`` overrides the platform's."""
    chosen = os.environ.get(STATE_DIR_VARIABLE)
    folder = Path(chosen).expanduser() if chosen else Path(user_state_dir("hpt-tui"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def study_lock_path(storage_url: str, study: str) -> Path:
    """The lock file that this machine's processes of one study share. Its name gives nothing of the URL away."""
    digest = hashlib.sha256(f"{storage_url}\n{study}".encode()).hexdigest()[:24]
    folder = state_dir() / "locks"
    folder.mkdir(exist_ok=True)
    return folder / f"{digest}.lock"


def config_path() -> Path:
    """The configuration, which need not be there; ``HPT_TUI_CONFIG`` overrides the platform's place."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(user_config_dir("hpt-tui")) / "config.toml"


def limits(study: str = "") -> Limits:
    """What a study of that name is judged by: the standard thresholds, those that ``[flags]``, ``[lint]`` and
    ``[advice]`` of the configuration change, and those of ``[study.NAME.flags]`` and so on.

    Raises:
        InputError: the configuration cannot be read, or says something that means nothing.
    """
    path = config_path()
    document = _document(path)
    studies = _table(document, "study", path.name)
    general = {name: _table(document, name, path.name) for name in document if name != "study"}
    found = of_study = STANDARD.changed(general, path.name)
    # All of them, so that what is wrong in one is said whichever study is opened.
    for name in studies:
        where = f"{path.name} [study.{name}]"
        own = _table(studies, name, path.name)
        changed = found.changed({group: _table(own, group, where) for group in own}, where)
        of_study = changed if name == study else of_study
    return of_study


def _document(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if os.environ.get(CONFIG_VARIABLE):
            raise InputError(str(path), "there is no such file", f"as {CONFIG_VARIABLE} names it") from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(str(path), f"cannot be read ({error})") from error


def _table(document: Mapping[str, object], name: str, where: str) -> Mapping[str, object]:
    found = document.get(name, {})
    if not isinstance(found, dict):
        raise InputError(f"{where} {name}", "is no table", f"write [{name}] above what belongs to it")
    return found


LOG_VARIABLE = "HPT_TUI_LOG"
"""Tells a worker where its output is kept."""


def log_index(log: Path) -> Path:
    """Where it is noted which part of a worker's log belongs to which trial."""
    return log.with_suffix(".trials")
