"""What the trials table says beside its rows: its title, and what it says while it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from hpt_tui.domain import figures
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.quantities import PARAM, VALUE
from hpt_tui.tui.text import fit, wrap
from hpt_tui.tui.unread import READING
from hpt_tui.tui.words import range_text

if TYPE_CHECKING:
    from hpt_tui.tui.widgets.trial_table import TrialTable


def table_title(table: TrialTable, frame: Frame, listed: int) -> None:
    """Sort order, filters and what is followed into the border."""
    listing, study = table.listing, frame.study
    column = listing.column.removeprefix(PARAM)
    if listing.column.partition(":")[0] == VALUE:
        column = study.metric if study.single else f"value {listing.column.partition(':')[2] or 0}"
    arrow = "↓" if listing.descending(study.directions) else "↑"
    title = f"Trials ─ by {fit(column, 24).rstrip()} {arrow}"
    if listing.state is not None:
        title += f" ─ {listing.state} only"
    if listing.text:
        title += f" ─ /{fit(listing.text, 24).rstrip()}{' not applied' if table.problem else ''}"
    hidden = table.hidden_columns
    beyond = f"→ {hidden} more ─ " if hidden else ""
    follow = f"following {table.follow.value} ─ " if table.follow.value and listed else ""
    marks = f"{len(table.marked)} marked ─ " if table.marked else ""
    reading = "" if study.outline is None else ", reading"
    table.entitle(
        title, f"{beyond}{follow}{marks}{figures.count(listed)} of {figures.count(study.total)}{reading}"
    )


def empty_table(table: TrialTable, frame: Frame, y: int) -> Strip:
    """Line ``y`` of a table without rows: why it is empty and what to do."""
    heading, sentences = _empty(table, frame)
    width = table.room
    room = max(10, width - 4)
    lines = ["", heading, ""]
    for sentence in sentences:
        lines += [sentence] if sentence.startswith(" ") else wrap(sentence, room)
    text = lines[y] if y < len(lines) else ""
    pen = table.pen("strong" if y == 1 else "dim")
    return Strip([Segment(fit("  " + text, width), pen)]).apply_style(table.rich_style)


def filter_problem(table: TrialTable, y: int) -> Strip | None:
    """What line ``y`` says of a text that is no filter, over the lowest rows; None where the table shows."""
    if not table.problem:
        return None
    said = wrap(f"✖ {table.problem}", max(10, table.room - 2), limit=3)
    at = y - (table.size.height - len(said))
    if at < 0:
        return None
    return Strip([Segment(fit(" " + said[at], table.room), table.pen("bad"))]).apply_style(table.rich_style)


def _empty(table: TrialTable, frame: Frame) -> tuple[str, tuple[str, ...]]:
    if not frame.opened:
        heading, reading = READING
        return heading, (frame.trouble or reading,)
    if table.problem:
        return "The filter is not understood.", (table.problem, "Escape clears it.")
    if frame.study.trials:
        return "No trial passes the filter.", ("f shows the next state, Escape clears the text of /.",)
    if frame.access.workers_problem:
        return "No trials yet.", ("No worker can be started from here: " + frame.access.workers_problem,)
    if any(w.state != "lost" for w in frame.workers):
        return "No trials yet.", ("A worker is starting; the first trial appears here in a moment.",)
    return "No trials yet.", ("Press + to start a worker. It takes the first trial at once.", *_space(frame))


def _space(frame: Frame) -> tuple[str, ...]:
    """What will be searched."""
    space = frame.study.space
    if not space:
        return ()
    names = min(24, max(cell_len(figures.plain(n)) for n in space))
    return ("", "It searches", *(f"  {fit(n, names)}  {range_text(r)}" for n, r in space.items()))
