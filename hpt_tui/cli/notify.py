"""Telling somebody who is not looking: by the terminal's bell, the desktop, a webhook, or what apprise reaches."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence

import click

from hpt_tui.domain.figures import plain
from hpt_tui.errors import InputError

Tell = Callable[[str, str], None]

BELL, DESKTOP, APPRISE = "bell", "desktop", "apprise:"
PATIENCE = 10.0
"""Seconds that a webhook has to answer."""
LONGEST = 500
"""Characters of a message: notifications are cut by whoever shows them anyway."""


def notifiers(targets: Sequence[str]) -> Tell:
    """One that tells all of ``targets``. What cannot be reached is a line on stderr, and the others are told.

    Raises:
        InputError: a target is none, or needs a package that is missing.
    """
    tellers = [_teller(target) for target in targets]

    def tell(study: str, text: str) -> None:
        title = f"hpt-tui: {plain(study)}"
        message = plain(text)
        message = message if len(message) <= LONGEST else message[: LONGEST - 1] + "…"
        for teller in tellers:
            try:
                teller(title, message)
            except (OSError, ValueError) as error:
                click.echo(f"hpt-tui: --notify: could not tell ({plain(str(error))})", err=True)

    return tell


def _teller(target: str) -> Tell:
    if target == BELL:
        return lambda title, text: _to_terminal("\a")
    if target == DESKTOP:
        return lambda title, text: _to_terminal(desktop_escape(title, text, os.environ))
    if target.startswith(APPRISE):
        return _by_apprise(target.removeprefix(APPRISE))
    parts = urllib.parse.urlsplit(target)
    if parts.scheme in ("http", "https") and parts.hostname:
        return lambda title, text: _post(target, title, text)
    raise InputError("--notify", f"{target!r} is no target", "give bell, desktop, an http(s) URL or apprise:URL")


def desktop_escape(title: str, text: str, environment: Mapping[str, str]) -> str:
    """OSC 9, which most terminals know, or OSC 777 for rxvt; through tmux, if that lets it pass. ``title`` and
    ``text`` hold no control characters."""
    if environment.get("TERM", "").startswith("rxvt"):
        title, text = title.replace(";", ","), text.replace(";", ",")
        escape = f"\x1b]777;notify;{title};{text}\a"
    else:
        escape = f"\x1b]9;{title}: {text}\a"
    if environment.get("TMUX"):
        doubled = escape.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    return escape


def _to_terminal(sequence: str) -> None:
    """To stderr, and only if that is a terminal: a log has no bell."""
    if sys.stderr is not None and sys.stderr.isatty():
        sys.stderr.write(sequence)
        sys.stderr.flush()


def _post(url: str, title: str, text: str) -> None:
    """``{"title", "text"}`` as JSON: what Slack, Mattermost and Discord-compatible webhooks read is ``text``."""
    body = json.dumps({"title": title, "text": f"{title}: {text}"}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE):  # noqa: S310
            pass
    except urllib.error.HTTPError as error:
        raise ValueError(f"{urllib.parse.urlsplit(url).hostname} answered {error.code}") from error


def _by_apprise(url: str) -> Tell:
    if importlib.util.find_spec("apprise") is None:
        raise InputError("apprise", "is not installed", "pip install 'hpt-tui[notify]'")
    channel = importlib.import_module("apprise").Apprise()
    if not channel.add(url):
        raise InputError("--notify", "apprise knows no such service", "see its list of notification URLs")

    def tell(title: str, text: str) -> None:
        if not channel.notify(title=title, body=text):
            raise ValueError("apprise could not deliver")

    return tell
