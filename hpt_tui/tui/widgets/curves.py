"""The curves panel: learning curves of the trials that matter just now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from rich.text import Text

from hpt_tui.domain.frame import EMPTY_FRAME, Frame
from hpt_tui.tui import axis
from hpt_tui.tui.axis import Axis
from hpt_tui.tui.plot import BELOW, Colour, Picture, Plotter, Series
from hpt_tui.tui.text import line, wrap
from hpt_tui.tui.themes import SERIES
from hpt_tui.tui.unread import NO_CURVES, curves_to_come
from hpt_tui.tui.views import Lines, View, by_trial, compared, metrics_of, value_axis, views
from hpt_tui.tui.widgets.panel import Panel

GUTTER, LABELS = 6, 13
"""Cells at the left and at the right of the plot, at least."""
SMALLEST = (24, 5)
"""Cells and rows below which nothing can be made out."""
PATIENCE = 2
"""Frames in which a curve that was asked for may still be missing."""
WEIGHTS = (0.0, 0.6, 0.9)
"""What the smoothing key goes through."""


class Curves(Panel):
    """Draws the marked trials, the cursor's, the best and the running ones.

    NaN, infinite and, on a log axis, non-positive values are left out and marked by ✗; axes hold until data
    leave them; what has not changed is not drawn again.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"curves--{i}" for i in range(SERIES)}
    DEFAULT_CSS = """
    Curves { overflow: hidden hidden; }
    """ + "".join(f"Curves > .curves--{i} {{ color: $curve-{i}; }}\n" for i in range(SERIES))

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._frame = EMPTY_FRAME
        self._cursor: int | None = None
        self._marked: tuple[int, ...] = ()
        self._only: int | None = None
        self._view: View | None = None
        self._study = ""
        self._metrics: dict[str, None] = {}
        """Every metric that any photo of the study had: the curves of other trials come and go."""
        self._awaited: int | None = None
        self._waits = 0
        self._lines, self._plotter = Lines(), Plotter()
        self._weight = 0
        self._flipped: set[View] = set()
        self._held: dict[tuple[View, bool], Axis] = {}
        self._gutter, self._labels, self._last = GUTTER, LABELS, 0
        """Cells at both sides, and the last step: they grow and never shrink, so that the plot stays in place."""
        self._places: dict[int, int] = {}
        self._drawn: tuple[Picture, Style, list[Text]] | None = None

    # Facts and choices

    @property
    def view(self) -> View:
        """What is shown now."""
        shown = self._views
        return self._view if self._view in shown else shown[0]

    @property
    def _views(self) -> tuple[View, ...]:
        return views((self._frame.study.metric, *self._metrics))

    @property
    def log_scale(self) -> bool:
        """Losses are on a log axis and other metrics on a linear one, unless the user switched."""
        return self.view.loss is not (self.view in self._flipped)

    @property
    def smoothing(self) -> float:
        return WEIGHTS[self._weight]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The trials whose curves are chosen."""
        if self._only is not None:
            return (self._only,) if self._only in self._frame.study.curves else ()
        return compared(self._frame.study, self._marked, self._cursor, SERIES)

    def show(self, frame: Frame, cursor: int | None, marked: tuple[int, ...]) -> None:
        if frame.study.name != self._study:
            self._study, self._metrics = frame.study.name, {}
        if frame.study is not self._frame.study:
            self._metrics |= metrics_of(frame.study)
        self._cursor = self._settle(frame, cursor)
        self._frame, self._marked = frame, marked
        self.redraw()

    def _settle(self, frame: Frame, cursor: int | None) -> int | None:
        """The trial under the cursor, or the one before it until its curve is read: the plot does not blink."""
        trial = None if cursor is None else frame.study.by_number.get(cursor)
        if trial is None or not trial.steps or trial.number in frame.study.curves:
            self._awaited = None
        elif trial.number != self._awaited:
            self._awaited, self._waits = trial.number, 0
        elif frame is not self._frame:
            self._waits += 1
        return self._cursor if self._awaiting else cursor

    @property
    def _awaiting(self) -> bool:
        """Whether the next frames may have the curve that is missing in this one."""
        return self._awaited is not None and self._waits < PATIENCE

    def show_only(self, frame: Frame, number: int) -> None:
        """Show the curve of one trial."""
        self._only = number
        self.show(frame, number, ())

    def next_metric(self) -> None:
        shown = self._views
        self._view = shown[(shown.index(self.view) + 1) % len(shown)]
        self._refit()

    def toggle_log(self) -> None:
        self._flipped ^= {self.view}
        self._refit()

    def next_smoothing(self) -> None:
        self._weight = (self._weight + 1) % len(WEIGHTS)
        self._refit()

    def _refit(self) -> None:
        """Let the axes go around what is shown now: only a key does that."""
        self._held, self._last = {}, 0
        self._gutter, self._labels = GUTTER, LABELS
        self.redraw()

    # Drawing

    def lines(self) -> Sequence[Text]:
        self._entitle()
        if self._by_trial:
            pens = [self.get_component_rich_style(f"curves--{i}", partial=True) for i in (0, 1)]
            drawn = by_trial(self._frame.study, (_colour(pens[0]), _colour(pens[1])), log=self.log_scale)
            return self._plot(drawn, [pens[s.label == "each trial"] for s in drawn], "trial", None)
        numbers = self.numbers
        self._seat(numbers)
        colours = {n: _colour(self._pen(n)) for n in numbers}
        study = self._frame.study
        drawn = self._lines.of(study, self.view, numbers, colours, log=self.log_scale, smooth=self.smoothing)
        drawn = drawn[: 2 * SERIES]
        styles = {f"#{n}": self._pen(n) for n in numbers}
        return self._plot(drawn, [styles[s.label.split()[0]] for s in drawn], "step", study.steps)

    @property
    def _by_trial(self) -> bool:
        """Whether nothing is reported, so that the values themselves are what there is to see."""
        study = self._frame.study
        whole = self._only is None and study.outline is None
        return whole and not study.curves and bool(study.trials.complete.any())

    def _plot(
        self, drawn: tuple[Series, ...], styles: Sequence[Style], unit: str, total: int | None
    ) -> Sequence[Text]:
        log, width, height = self.log_scale, self.room, self.size.height
        y = value_axis(drawn, self._held.get((self.view, log)), log=log, rows=height)
        if y is None and self._awaiting and self._drawn and self._drawn[0].fills(width, height):
            return self._drawn[2]
        if y is None:
            return self._empty(bool(drawn))
        if width < SMALLEST[0] or height < SMALLEST[1]:
            return [line(("Too small to draw.", self.pen("dim")))]
        self._held[self.view, log] = y
        first = int(min(s.span[0] for s in drawn))
        self._last = max(self._last, int(max(s.span[1] for s in drawn)))
        self._labels = max(self._labels, min(max(len(s.label) for s in drawn) + 2, 18))
        self._gutter = max(self._gutter, *(len(label) for _, label in y.ticks(max(2, (height - BELOW) // 3))))
        x, labels = axis.steps(first, self._last, total), min(self._labels, width // 3)
        return self._picture(Picture(drawn, x, y, width, height, labels, unit, self._gutter), styles)

    def _picture(self, picture: Picture, styles: Sequence[Style]) -> list[Text]:
        dim = self.pen("dim")
        if self._drawn is None or self._drawn[:2] != (picture, dim):
            self._drawn = picture, dim, self._plotter.draw(picture, styles, dim)
        return self._drawn[2]

    def _seat(self, numbers: tuple[int, ...]) -> None:
        """Give each trial a colour, and let it keep it as long as it is shown."""
        self._places = {n: p for n, p in self._places.items() if n in numbers}
        free = [p for p in range(SERIES) if p not in self._places.values()]
        for number in numbers:
            if number not in self._places:
                self._places[number] = free.pop(0)

    def _pen(self, number: int) -> Style:
        return self.get_component_rich_style(f"curves--{self._places[number]}", partial=True)

    def _entitle(self) -> None:
        scale = "log" if self.log_scale else "linear"
        smooth = f", smoothed {self.smoothing:g}" if self.smoothing else ""
        shown = self._views
        which = f"m: {shown.index(self.view) + 1} of {len(shown)}" if len(shown) > 1 else ""
        what = "Values by trial" if self._by_trial else "Curves"
        name = self.view.title if self._frame.study.single or not self._by_trial else "value 0"
        self.entitle(f"{what} ─ {name}, {scale}{smooth}", which)

    def _empty(self, undrawable: bool) -> list[Text]:
        study, width = self._frame.study, max(10, self.room - 4)
        if undrawable:
            heading = "Nothing to draw."
            why = "No value here is positive, as a log axis needs; l switches to a linear one."
            why = why if self.log_scale else "Every reported value is NaN or infinite."
        elif self._awaiting or study.outline is not None:
            heading, why = "The curves are being read.", ""
        elif self._only is not None and self._only not in study.curves and self._over(self._only):
            heading, why = "No curve.", "This trial has reported no values on its way."
        elif study.curves:
            heading = f"No curve of {self.view.title} yet."
            why = "The chosen trials have not reported it. m shows the next metric, space marks trials to compare."
        else:
            heading, why = NO_CURVES, curves_to_come(study.metric)
        lines = [line(), line(("  " + part, self.pen("strong"))) if (part := heading) else line(), line()]
        return lines + [line(("  " + part, self.pen("dim"))) for part in wrap(why, width)]

    def _over(self, number: int) -> bool:
        trial = self._frame.study.by_number.get(number)
        return trial is not None and trial.state.finished


def _colour(style: Style) -> Colour:
    """A style's colour as plotext takes it: a terminal's own colour by number, any other by its parts."""
    colour = style.color
    if colour is None or colour.is_default:
        return 7
    if colour.triplet is not None:
        return colour.triplet.red, colour.triplet.green, colour.triplet.blue
    return colour.number if colour.number is not None else 7
