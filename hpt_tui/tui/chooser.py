"""The choice among several studies of one storage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from hpt_tui.domain.figures import plain
from hpt_tui.tui import themes
from hpt_tui.tui.text import clip, fit
from hpt_tui.tui.widgets.pick import Pick
from hpt_tui.tui.words import plural


class ChooserApp(App[str | None]):
    """Returns the name of the chosen study; None if the user left without choosing."""

    CSS = """
    Screen { align: center middle; background: $background; }
    #box { width: 80; max-width: 96%; height: auto; max-height: 90%; border: round $border; padding: 1 2; }
    Pick { max-height: 1fr; margin-top: 1; }
    #hint { color: $text-muted; margin-top: 1; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [
        Binding("escape,q,ctrl+c", "none", show=False),
        Binding("ctrl+q", "none", show=False, priority=True),
    ]

    def __init__(self, studies: Sequence[str | tuple[str, int | None]], *, storage: str = "") -> None:
        """``studies``: names, or names with their numbers of trials, None where unknown."""
        super().__init__()
        self._studies = tuple((s, None) if isinstance(s, str) else s for s in studies)
        self._storage, self.title = storage, "hpt-tui"
        for theme in themes.OWN:
            self.register_theme(theme)
        self.theme = themes.first(self.available_themes)

    def compose(self) -> ComposeResult:
        wide = min(48, max((cell_len(plain(name)) for name, _ in self._studies), default=0))
        with Vertical(id="box") as box:
            box.border_title = Content("Which study?")
            where = f" in {clip(self._storage, 50)}" if self._storage else ""
            yield Static(f"{len(self._studies)} studies{where}", markup=False)
            yield Pick([(_row(name, count, wide), None) for name, count in self._studies])
            yield Static("enter choose   esc leave", id="hint", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.exit(self._studies[event.option_index][0])

    def action_none(self) -> None:
        self.exit(None)


def _row(name: str, count: int | None, width: int) -> str:
    return f"{fit(name, width)}  {'' if count is None else plural(count, 'trial')}"
