"""Keys that come sooner than what they are for: over a slow line several arrive at once."""

from __future__ import annotations

from typing import TypeVar

from textual import events
from textual.app import App

ReturnType = TypeVar("ReturnType")


class TypeAheadApp(App[ReturnType]):
    """Holds the keys that are typed before the main screen is there, and lets what is typed after the key that
    opens a field go into the field, though its keys went to what had the focus then."""

    def __init__(self) -> None:
        super().__init__()
        self._typed: list[events.Key] | None = []
        """The keys pressed before there was a main screen to take them; None once there is."""

    def play_typed(self) -> None:
        """The main screen is there: let it have the keys that were typed so far, and all others."""
        typed, self._typed = self._typed or [], None
        for event in typed:
            self.post_message(event)

    async def on_event(self, event: events.Event) -> None:
        if self._typed is not None and isinstance(event, events.Key):
            self._typed.append(event)
        else:
            await super().on_event(event)

    def on_key(self, event: events.Key) -> None:
        """A field stops the characters that it gets: one that arrives here while it has the focus missed it."""
        focused = self.focused
        if focused is not None and focused.check_consume_key(event.key, event.character):
            focused.post_message(events.Key(event.key, event.character))
            event.stop()
            event.prevent_default()
