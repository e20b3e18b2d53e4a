"""The grammar of the trial filter: from a text to a tree, or to what is wrong with the text and where.

::

    filter     = either
    either     = both { "or" both }
    both       = negated { [ "and" ] negated }          standing side by side means and
    negated    = { "not" | "-" } ( "(" either ")" | term )
    term       = NAME ( "<" | "<=" | ">" | ">=" | "=" | "!=" ) VALUE
               | NAME ":" VALUE
               | WORD

``not`` binds closest, then ``and``, then ``or``. Names and values with blanks or signs in them go into double
quotes, a double quote inside is doubled. Capitals don't matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

DEEPEST = 40
"""Brackets within brackets."""
END = "end"
"""The kind of the token after the last one."""

_TOKEN = re.compile(
    r"""\s*(?: (?P<quoted>"(?:[^"]|"")*") | (?P<sign><=|>=|!=|==|<|>|=) | (?P<colon>:) | (?P<bracket>[()])
          | (?P<minus>-(?![\s<>=:]|$)) | (?P<word>[^\s<>=!:()"]+) | (?P<odd>[!"]) )""",
    re.VERBOSE,
)
_VALUE = re.compile(r"[^\s<>=()\"]+")
_REST = re.compile(r"\s*\S*")
_TEXT = re.compile(r"[^\s()\"]+")


@dataclass(frozen=True, slots=True)
class Text:
    """A word of the filter."""

    text: str
    quoted: bool = False
    """A quoted word is a name or a text, never a keyword or a number."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word on its own: a trial's number, the beginning of a state, a part of a choice."""

    word: Text


@dataclass(frozen=True, slots=True)
class Comparison:
    """``NAME<VALUE`` and the like."""

    name: Text
    sign: str
    value: Text


@dataclass(frozen=True, slots=True)
class Property:
    """``NAME:VALUE``."""

    name: Text
    value: Text


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple[Node, ...]


Node: TypeAlias = Word | Comparison | Property | Not | All | Either


class FilterError(Exception):
    """Why a filter means nothing; only within the filter's modules."""


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    start: int
    """The character at which it begins, and, ``end``, at which the next may."""
    end: int


def parse(text: str) -> Node:
    """The tree that ``text`` stands for.

    Raises:
        FilterError: it is no filter; the message names the place and what was expected there.
    """
    return _Parser(text).parse()


class _Parser:
    """One pass over the text, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text, self._at, self._depth = text, 0, 0
        self._next = self._token()

    def parse(self) -> Node:
        if self._sees(END):
            return All(())
        node = self._either()
        if not self._sees(END):
            raise self._expected("and, or, or another condition")
        return node

    # Tokens

    def _token(self) -> Token:
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            return Token(END, "", len(self._text), len(self._text))
        kind = str(found.lastgroup)
        return Token(kind, found[kind], found.start(kind), found.end())

    def _take(self) -> Token:
        token = self._next
        self._at = token.end
        self._next = self._token()
        return token

    def _sees(self, kind: str, *texts: str) -> bool:
        return self._next.kind == kind and (not texts or self._next.text.lower() in texts)

    def _sees_keyword(self, *words: str) -> bool:
        """Whether one of ``words`` comes, as itself and not as a name that something is said of."""
        follows = self._text[self._next.end : self._next.end + 1]
        return self._sees("word", *words) and follows not in tuple("<>=!:")

    def _expected(self, what: str) -> FilterError:
        if self._sees(END):
            return FilterError(f"{what} was expected at the end")
        return FilterError(f"{what} was expected, not {self._next.text!r} (character {self._next.start + 1})")

    # The grammar

    def _either(self) -> Node:
        parts = [self._both()]
        while self._sees_keyword("or"):
            self._take()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Node:
        parts = [self._negated()]
        while not self._sees(END) and not self._sees("bracket", ")") and not self._sees_keyword("or"):
            if self._sees_keyword("and"):
                self._take()
            parts.append(self._negated())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _negated(self) -> Node:
        turned = False
        while self._sees("minus") or self._sees_keyword("not"):
            self._take()
            turned = not turned
        node = self._primary()
        return Not(node) if turned else node

    def _primary(self) -> Node:
        if self._sees(END) or self._sees_keyword("and", "or") or self._sees("bracket", ")"):
            raise self._expected("a condition, such as lr<1e-3 or state:pruned,")
        if self._sees("bracket"):
            return self._bracket()
        return self._term()

    def _bracket(self) -> Node:
        opened = self._take()
        self._depth += 1
        if self._depth > DEEPEST:
            raise FilterError(f"more than {DEEPEST} brackets within brackets (character {opened.start + 1})")
        node = self._either()
        if not self._sees("bracket", ")"):
            raise self._expected(f"a ) for the ( at character {opened.start + 1}")
        self._take()
        self._depth -= 1
        return node

    def _term(self) -> Node:
        if not (self._sees("word") or self._sees("quoted")):
            raise self._unreadable(self._next, "a comparison looks like lr<1e-3")
        first = self._take()
        name = _text(first)
        if self._sees("sign"):
            sign = self._take().text
            value = self._value(first, _VALUE, f"a value after {sign}")
            return Comparison(name, "=" if sign == "==" else sign, value)
        if self._sees("colon"):
            self._take()
            return Property(name, self._value(first, _TEXT, f"a text after {first.text}:"))
        if self._sees("odd"):
            raise self._unreadable(first, 'a quoted name ends with another ", and not equal is !=')
        return Word(name)

    def _value(self, first: Token, pattern: re.Pattern[str], expected: str) -> Text:
        """What is compared with: up to the next blank, whatever it looks like."""
        if self._sees("quoted"):
            return _text(self._take())
        blanks = len(self._text[self._at :]) - len(self._text[self._at :].lstrip())
        found = pattern.match(self._text, self._at + blanks)
        if found is None:
            raise self._unreadable(first, f"{expected} was expected")
        self._at = found.end()
        self._next = self._token()
        return Text(found[0])

    def _unreadable(self, first: Token, why: str) -> FilterError:
        """Names the stretch from ``first`` to the next blank, and the place of what was not expected in it."""
        token = self._next
        rest = _REST.match(self._text, token.end)
        stretch = self._text[first.start : rest.end() if rest is not None else None].strip()
        where = "at the end" if self._sees(END) else f"character {token.start + 1}"
        return FilterError(f"cannot read {stretch!r}; {why} ({where})")


def _text(token: Token) -> Text:
    if token.kind == "quoted":
        return Text(token.text[1:-1].replace('""', '"'), quoted=True)
    return Text(token.text)
