"""A list to choose from whose chosen row is marked by a sign, too: colour is never alone."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from hpt_tui.domain.figures import plain
from hpt_tui.tui.words import CHOSEN


class Pick(OptionList):
    """One row a text; nothing in the texts is read as markup."""

    DEFAULT_CSS = """
    Pick { height: auto; border: none; padding: 0; background: $background; background-tint: $background 0%; }
    Pick:focus { border: none; background-tint: $background 0%; }
    Pick > .option-list--option-highlighted, Pick:focus > .option-list--option-highlighted {
        background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
    }
    """

    def __init__(self, rows: Sequence[tuple[str, str | None]]) -> None:
        """``rows``: texts, each with an id or without."""
        self._texts = [plain(text) for text, _ in rows]
        super().__init__(*(Option(Content("  " + plain(t)), id=i) for t, i in rows), markup=False)

    def write(self, at: int, text: str) -> None:
        """Another text for the row ``at``."""
        self._texts[at] = plain(text)
        sign = CHOSEN if at == self.highlighted else " "
        self.replace_option_prompt_at_index(at, Content(f"{sign} {self._texts[at]}"))

    def watch_highlighted(self, highlighted: int | None) -> None:
        for at, text in enumerate(self._texts):
            sign = CHOSEN if at == highlighted else " "
            self.replace_option_prompt_at_index(at, Content(f"{sign} {text}"))
        super().watch_highlighted(highlighted)
