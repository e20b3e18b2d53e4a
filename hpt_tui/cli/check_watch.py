"""Looking at a study's health again and again, and telling what changes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click

from hpt_tui.cli.check_output import as_text, check_document, flag_document, stop_rule_document
from hpt_tui.cli.page import Document
from hpt_tui.domain import figures
from hpt_tui.domain.checkup import Checkup
from hpt_tui.domain.flags.flag import Severity
from hpt_tui.domain.stopping import Standing
from hpt_tui.errors import StorageLostError
from hpt_tui.session.lookout import Lookout

Tell = Callable[[str, str], object]
"""Given the study's name and what there is to say."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two looks."""

    text: str
    document: Document
    loud: bool = False
    """Whether somebody who is not looking should hear of it."""


def watched(
    lookout: Lookout,
    every: float,
    tell: Tell,
    *,
    as_document: bool = False,
    rest: Callable[[float], object] = time.sleep,
) -> int:
    """Look every so many seconds until interrupted. With ``as_document`` one JSON line a change, the first look's
    findings among them; else the first look whole, then a line a change. ``rest`` ends it by returning True."""
    before: Checkup | None = None
    away = False
    while True:
        try:
            found = lookout.look()
        except StorageLostError as error:
            if not away:
                click.echo(f"hpt-tui: {figures.plain(error.line)}", err=True)
            away = True
        else:
            if away:
                click.echo("hpt-tui: the storage answers again", err=True)
            away = False
            _say(before, found, tell, as_document=as_document)
            before = found
        if rest(every) is True:
            return 0


def _say(before: Checkup | None, found: Checkup, tell: Tell, *, as_document: bool) -> None:
    told = [*changes(before, found)]
    if before is None and not as_document:
        click.echo(as_text(found))
    for change in told if as_document or before is not None else ():
        at = time.time()
        if as_document:
            click.echo(json.dumps({"at": at, "study": found.study.name, **change.document}, allow_nan=False))
        else:
            click.echo(figures.plain(f"{figures.local_time(at, '%H:%M:%S')}  {change.text}"))
    loud = [change.text for change in told if change.loud]
    if loud:
        tell(found.study.name, "; ".join(loud))


def changes(before: Checkup | None, found: Checkup) -> Iterator[Change]:
    """What is new since ``before``: flags raised, worse or gone, stop rules that fire or no longer do, answers of
    the checklist. Of a first look the flags, and the stop rules that have fired."""
    old = {} if before is None else {flag.key: flag for flag in before.flags}
    new = {flag.key: flag for flag in found.flags}
    for key, flag in new.items():
        if key not in old or flag.severity.rank < old[key].severity.rank:
            text = f"{flag.severity.value}: {flag.id}: {flag.summary}"
            yield Change(
                text, {"change": "raised", "flag": flag_document(flag)}, flag.severity is not Severity.INFO
            )
    for key, flag in old.items():
        if key not in new:
            yield Change(f"gone: {flag.id}: {flag.summary}", {"change": "gone", "flag": flag_document(flag)})
    fired = set() if before is None else {rule.id for rule in before.stop_rules if rule.standing is Standing.FIRED}
    for rule in found.stop_rules:
        now = rule.standing is Standing.FIRED
        if now != (rule.id in fired):
            text = f"stop rule {rule.id} {'fires' if now else 'no longer fires'}: {rule.measured}"
            yield Change(text, {"change": "stop-rule", "stop_rule": stop_rule_document(rule)}, loud=now)
    answers = {} if before is None else {check.id: check.answer for check in before.checklist}
    for check in found.checklist:
        if check.id in answers and check.answer is not answers[check.id]:
            text = f"{check.question} {answers[check.id].value} -> {check.answer.value}: {check.measured}"
            yield Change(text, {"change": "checklist", "check": check_document(check)})


def notice_of(found: Checkup) -> str | None:
    """What one look on its own is worth telling; None if nothing is."""
    loud = [change.text for change in changes(None, found) if change.loud]
    return "; ".join(loud) if loud else None
