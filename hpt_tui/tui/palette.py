"""The palette: every act by its key and its name, one line each, in the order of the help."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from hpt_tui.tui.keys import KEYS

if TYPE_CHECKING:
    from hpt_tui.tui.app import CockpitApp


class Acts(Provider):
    """The acts of the main screen, whatever is open over it."""

    def acts(self) -> Iterator[tuple[str, IgnoreReturnCallbackType]]:
        """Titles, and what they do."""
        app = cast("CockpitApp", self.app)
        wide = max(len(k.shown) for k in KEYS if k.palette)
        for key in KEYS:
            if key.palette:
                yield f"{key.shown:<{wide}}  {key.title}", partial(app.call_later, app.board.run_action, key.id)
        yield f"{'':<{wide}}  Save a screenshot", partial(app.call_later, app.run_action, "screenshot")

    async def discover(self) -> Hits:
        for title, act in self.acts():
            yield DiscoveryHit(title, act)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for title, act in self.acts():
            if (score := matcher.match(title)) > 0:
                yield Hit(score, matcher.highlight(title), act)
