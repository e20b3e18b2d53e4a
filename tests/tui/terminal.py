"""A terminal as far as the screen uses one: a grid of characters with their styles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.cells import get_character_cell_size

TOKEN = re.compile(r"\x1b\[([0-9;?]*)([a-zA-Z])|(.)", re.DOTALL)
TAKES = {"2": 5, "5": 3}
"""How many codes a colour takes, by its second one."""
INVISIBLE = {"1", "2", "3"}


@dataclass
class Terminal:
    """Understands cursor moves, styles and text, as ECMA-48 has them; raises on any other sequence."""

    columns: int = 120
    rows: int = 40
    pen: dict[str, str] = field(default_factory=dict)
    at: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        self.grid = [[(" ", self._style(" "))] * self.columns for _ in range(self.rows)]

    @property
    def text(self) -> list[str]:
        return ["".join(c for c, _ in row).rstrip() for row in self.grid]

    def feed(self, sequences: str) -> None:
        for parameters, final, character in TOKEN.findall(sequences):
            if character:
                self._put(character)
            else:
                self._obey(parameters, final)

    def _put(self, character: str) -> None:
        if character in "\r\n":
            return
        y, x = self.at
        width = get_character_cell_size(character)
        if not width:
            self.grid[y][x - 1] = self.grid[y][x - 1][0] + character, self.grid[y][x - 1][1]
            return
        self.grid[y][x : x + width] = [(c, self._style(c)) for c in (character, "")[:width]]
        self.at = y, x + width

    def _obey(self, parameters: str, final: str) -> None:
        y, x = self.at
        if final == "H":
            row, column = parameters.split(";")
            self.at = int(row) - 1, int(column) - 1
        elif final == "C":
            self.at = y, x + int(parameters or 1)
        elif final == "m":
            for kind, codes in _styles(parameters):
                self.pen = {**self.pen, kind: codes} if kind else {}
        else:
            raise AssertionError(f"what is {parameters}{final}?")

    def _style(self, character: str) -> tuple[tuple[str, str], ...]:
        """What can be seen of the pen on that character."""
        plain = {"colour": "39", "ground": "49"}
        seen = {kind: codes for kind, codes in self.pen.items() if codes != plain.get(kind)}
        if character == " " and not {k for k in seen if k not in plain} - INVISIBLE:
            seen = {kind: codes for kind, codes in seen.items() if kind == "ground"}
        return tuple(sorted(seen.items()))


def _styles(parameters: str) -> Iterator[tuple[str, str]]:
    """What each code sets, and to what; "" for everything being reset."""
    codes = parameters.split(";") if parameters else ["0"]
    while codes:
        code = int(codes[0])
        taken = TAKES[codes[1]] if code in (38, 48) else 1
        kind = (
            "colour" if code // 10 in (3, 9) else "ground" if code // 10 in (4, 10) else str(code) if code else ""
        )
        yield kind, ";".join(codes[:taken])
        codes = codes[taken:]
