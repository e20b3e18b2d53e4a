"""Lines of text in a scrolling frame: what the panels of the main screen and of the dialogs are made of."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text
from textual.content import Content
from textual.events import Resize
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.theme import Theme

from hpt_tui.domain.figures import plain

PENS = {
    f"pen--{meaning}"
    for meaning in (
        "text", "dim", "good", "bad", "warn", "run", "key", "strong", "cursor", "hover", "head", "best",
    )
}  # fmt: skip
"""The component classes that a screen with panels has: a colour for each meaning, as the style sheet says. They
belong to the screen because Textual styles each as if it were a widget, for every widget that has them."""


class Panel(ScrollView, can_focus=True):
    """Draws lines; of a new drawing only the lines that differ are painted.

    Subclasses implement :meth:`lines`, which is asked again for every frame, size and theme.
    """

    DEFAULT_CSS = """
    Panel {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        scrollbar-gutter: stable;
        background: $background;
        color: $foreground;
    }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._strips: list[Strip] = []
        self._said: Sequence[Text] | None = None

    @property
    def room(self) -> int:
        """Cells that a line may have; the scrollbar's are kept free."""
        return self.scrollable_content_region.width

    def pen(self, name: str) -> Style:
        """The theme's colour for a meaning; its screen has one of each of :data:`PENS` for all panels."""
        return self.screen.get_component_rich_style(f"pen--{name}", partial=True)

    def lines(self) -> Sequence[Text]:
        """What the panel says now, each line at most as wide as the panel. The very same object as the last time
        stands for the very same lines."""
        return ()

    def redraw(self) -> None:
        """Paint the lines that have changed."""
        if not self.is_attached or not self.room:
            return
        console, before = self.app.console, self._strips
        lines = self.lines()
        if lines is self._said and lines:
            return
        self._said = lines
        for text in lines:
            text.truncate(self.room, overflow="ellipsis")
        self._strips = [Strip(text.render(console)) for text in lines]
        self.virtual_size = Size(self.room, len(self._strips))
        blank = Strip.blank(0)
        for y in range(self.scroll_offset.y, self.scroll_offset.y + self.size.height):
            old = before[y] if y < len(before) else blank
            new = self._strips[y] if y < len(self._strips) else blank
            self.repaint_line(y - self.scroll_offset.y, old, new)

    def repaint_line(self, y: int, old: Strip, new: Strip) -> None:
        """Paint line ``y`` if it differs. Textual paints nothing smaller than a widget's part of a line; what of
        it goes to the terminal is for :class:`~hpt_tui.tui.glass.Glass`."""
        if old != new:
            self.refresh(Region(0, y, self.room, 1))

    def render_line(self, y: int) -> Strip:
        y += self.scroll_offset.y
        strip = self._strips[y] if y < len(self._strips) else Strip.blank(0)
        return strip.crop_extend(0, self.size.width, None).apply_style(self.rich_style)

    def on_resize(self, _event: Resize) -> None:
        self.redraw()

    def on_mount(self) -> None:
        super().on_mount()  # type: ignore[no-untyped-call]
        self.app.theme_changed_signal.subscribe(self, self._recolour)

    def _recolour(self, _theme: Theme) -> None:
        """Draw with the new theme's colours, once the style sheet has them."""
        self.call_after_refresh(self.redraw)

    def entitle(self, title: str, subtitle: str = "") -> None:
        """Put texts into the border; nothing in them is read as markup."""
        heading, footing = Content(plain(title)), Content(plain(subtitle))
        if self.border_title != heading.markup:
            self.border_title = heading
        if (self.border_subtitle or "") != footing.markup:
            self.border_subtitle = footing


class Placard(Panel):
    """A panel that is drawn in its first paint already, which comes before the widget is told its size.

    Its lines leave the border alone: that is painted before them.
    """

    def render_line(self, y: int) -> Strip:
        if not self._strips:
            self.redraw()
        return super().render_line(y)
