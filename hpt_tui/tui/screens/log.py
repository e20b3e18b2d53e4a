"""What a trial or a worker printed, followed while it grows."""

from __future__ import annotations

from rich.cells import chop_cells
from rich.text import Text
from textual.containers import Vertical
from textual.message import Message

from hpt_tui.domain import figures
from hpt_tui.domain.frame import Frame
from hpt_tui.domain.logs import LogPage, LogRequest
from hpt_tui.tui.screens.page import Page, Sheet, paragraph
from hpt_tui.tui.text import line

READING = "Reading …"


class LogWanted(Message):
    """This log is to be in the frames from now on; None: none."""

    def __init__(self, request: LogRequest | None) -> None:
        super().__init__()
        self.request = request


class LogReader(Page[None]):
    """The end of a log. It goes on at the foot as long as the foot is seen; scrolled up, it stays where it is."""

    DEFAULT_CSS = """
    LogReader {
        .box { width: 96%; height: 94%; }
        Sheet { height: 1fr; }
    }
    """

    def __init__(self, frame: Frame, request: LogRequest) -> None:
        super().__init__()
        self.reads = request
        self._frame, self._page = frame, log_of(frame, request)
        who = f"worker {request.worker}" if request.trial is None else f"trial #{request.trial}"
        self.title_text = f"Output of {who}"

    def on_mount(self) -> None:
        self.post_message(LogWanted(self.reads))
        self.query_one(Sheet).focus()
        self._entitle()
        self.call_after_refresh(self._to_the_end)

    def show(self, frame: Frame) -> None:
        page = log_of(frame, self.reads)
        if page is None or page == self._page:
            return
        sheet = self.query_one(Sheet)
        at_end = sheet.scroll_offset.y >= sheet.max_scroll_y
        self._page = page
        self._entitle()
        self.redraw()
        if at_end:
            self.call_after_refresh(self._to_the_end)

    def lines(self, sheet: Sheet, width: int) -> list[Text]:
        page = self._page
        if page is None:
            return [line((READING, sheet.pen("dim")))]
        if page.problem:
            return paragraph(page.problem[:1].upper() + page.problem[1:] + ".", width, sheet.pen("warn"))
        if not page.lines:
            return [line(("Nothing has been printed.", sheet.pen("dim")))]
        before = f"{figures.size(page.cut)} before this are in the file." if page.cut else ""
        head = [line((before, sheet.pen("dim")))] if before else []
        return head + [line(part) for text in page.lines for part in chop_cells(text, max(10, width)) or [""]]

    def _entitle(self) -> None:
        if self._page is not None and self._page.path:
            place = f"{self._page.host}: {self._page.path}"
            self.query_one(".box", Vertical).border_subtitle = figures.plain(place).replace("[", "\\[")

    def _to_the_end(self) -> None:
        self.query_one(Sheet).scroll_end(animate=False)


def log_of(frame: Frame, request: LogRequest | None) -> LogPage | None:
    """The log in the frame, if it is the one that was asked for."""
    return frame.log if frame.log is not None and frame.log.request == request else None
