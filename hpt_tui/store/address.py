"""Where a study lives: a URL or a plain path, understood without opening anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from hpt_tui.domain.figures import plain
from hpt_tui.errors import StorageError
from hpt_tui.store.sqlite_uri import is_sqlite

_SQLITE_HEAD = b"SQLite format 3\x00"
_JOURNAL_HEAD = b'{"op_code"'
_SQLITE_SUFFIXES = (".db", ".sqlite", ".sqlite3")
_JOURNAL_SUFFIXES = (".log", ".journal", ".jsonl")
_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    # Not SQLAlchemy's mariadb dialect: with it Optuna has no atomic upsert.
    "mariadb": "mysql+pymysql",
}
# Compiled when a URL is to be masked: the way to the first frame of a file has no use for them.
_HIDDEN = r"(?i)((?:pass(?:word|wd)?|pwd)\s*=\s*)(?:'[^']*'|[^\s&;]+)"
_URL = r"\w[\w+.-]*://(?:.*@)?\S*"
_SERVERS = ("postgresql", "mysql", "mariadb", "oracle", "mssql")
_REDIS_PORT, _GRPC_PORT = 6379, 13000
"""Redis's own default, and that of Optuna's ``run_grpc_proxy_server``."""


class Kind(Enum):
    SQLITE = auto()
    SERVER = auto()
    JOURNAL = auto()
    REDIS = auto()
    """A journal in Redis; ``?prefix=NAME`` in the URL is the prefix of Optuna's ``JournalRedisBackend``."""
    GRPC = auto()
    """A storage behind Optuna's gRPC proxy."""


@dataclass(frozen=True, slots=True)
class Address:
    """A storage's address. ``url`` is what SQLAlchemy takes (for a journal the file's path; for Redis and gRPC
    with port and database spelled out) and may hold a password; ``label`` is for people and never does."""

    kind: Kind
    url: str
    label: str
    path: Path | None = None

    @property
    def file(self) -> Path:
        """The file behind an SQLite or journal address.

        Raises:
            ValueError: it is a server.
        """
        if self.path is None:
            raise ValueError(f"{self.label} has no file")
        return self.path


def parse_address(text: str) -> Address:
    """Understand a URL, or a path to an SQLite or journal file.

    Raises:
        StorageError: it is neither, or names a kind of storage that hpt-tui does not open.
    """
    if "://" not in text:
        return _from_path(text)
    scheme = text.split("://", 1)[0].lower()
    if scheme.startswith("sqlite"):
        return _from_sqlite_url(text)
    if scheme == "journal":
        return _file(Kind.JOURNAL, Path(unquote(text.split("://", 1)[1])))
    if scheme in ("redis", "rediss"):
        return _from_redis_url(text)
    if scheme == "grpc":
        return _from_grpc_url(text)
    dialect, _, _driver = scheme.partition("+")
    if dialect not in _SERVERS and scheme not in _DRIVERS:
        raise StorageError(
            masked(text),
            f"{scheme}:// is not a storage that hpt-tui opens",
            "give sqlite:///FILE, postgresql://…, mysql://…, redis://…, grpc://…, or the path of an SQLite or "
            "journal file",
        )
    rest = text.split("://", 1)[1]
    return Address(Kind.SERVER, f"{_DRIVERS.get(scheme, scheme)}://{rest}", masked(f"{dialect}://{rest}"))


def masked(url: str) -> str:
    """``url`` without its password and query (which can hold one), safe to show.

    A password may hold anything unescaped: it ends at the last ``@``.
    """
    scheme, separator, rest = url.partition("://") if "://" in url else ("", "", url)
    credentials, at, host = rest.rpartition("@")
    user, colon, password = credentials.partition(":")
    if colon:
        # Nobody can tell whether "?x=" begins a query that holds the last @, or stands in the password.
        rest = f"{user}:***" if re.search(r"\?[^=]*=", password) else f"{user}:***{at}{host}"
    if separator:
        rest = rest.split("?", 1)[0]
    return plain(re.sub(_HIDDEN, r"\1***", scheme + separator + rest))


def without_secrets(text: str, url: str = "") -> str:
    """``text`` (of a driver, say) with the URLs in it masked, and without the password of ``url`` or what a
    driver that splits the URL elsewhere takes of it for a host, a port or a database."""
    if url:
        text = text.replace(url, masked(url))
    text = re.sub(_URL, lambda found: masked(found[0]), text)
    for secret in sorted(_secrets(url), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", text)
    return re.sub(_HIDDEN, r"\1***", text)


def _secrets(url: str) -> set[str]:
    credentials = url.partition("://")[2].rpartition("@")[0]
    password = credentials.partition(":")[2]
    ends = [password[at.end() :] for at in re.finditer(r"[@:/?#]", password)]
    return {s for s in (password, unquote(password), *ends, *re.split(r"[@:/?#]", password)) if s}


def _from_sqlite_url(url: str) -> Address:
    parts = urlsplit(url)
    path = unquote(parts.path)
    if "uri=true" in parts.query and path.startswith("/file:"):
        path = "/" + unquote(path.removeprefix("/file:"))
    if path in ("", "/", "/:memory:"):
        raise StorageError(masked(url), "an in-memory database cannot be shared", "give sqlite:///FILE")
    # sqlite:///relative and sqlite:////absolute, as SQLAlchemy reads them.
    return _file(Kind.SQLITE, Path(path[1:]))


def _from_redis_url(text: str) -> Address:
    parts, host = _network(
        text, _REDIS_PORT, "give redis://HOST:6379/0, with / # ? @ in a password as %2F %23 %3F %40"
    )
    query = dict(parse_qsl(parts.query))
    database = parts.path.strip("/") or query.pop("db", "0")
    if re.fullmatch("[0-9]{1,9}", database) is None:
        raise StorageError(masked(text), "its database is no number", "give redis://HOST:6379/0")
    credentials, at, _ = parts.netloc.rpartition("@")
    place = f"{parts.scheme}://{credentials}{at}{host}/{int(database)}"
    prefix = query.get("prefix")
    label = masked(place) + (f"?prefix={plain(prefix)}" if prefix else "")
    return Address(Kind.REDIS, f"{place}?{urlencode(query)}" if query else place, label)


def _from_grpc_url(text: str) -> Address:
    parts, host = _network(text, _GRPC_PORT, "give grpc://HOST:13000")
    if "@" in parts.netloc or parts.path.strip("/") or parts.query:
        raise StorageError(masked(text), "the gRPC proxy has a host and a port only", "give grpc://HOST:13000")
    return Address(Kind.GRPC, f"grpc://{host}", plain(f"grpc://{host}"))


def _network(text: str, default_port: int, remedy: str) -> tuple[SplitResult, str]:
    """The parts of a URL, and its ``HOST:PORT`` (an IPv6 address in brackets)."""
    try:
        text.encode()
        parts = urlsplit(text)
        host, port = parts.hostname or "", default_port if parts.port is None else parts.port
    except ValueError:
        # Not the parser's own words: they can hold a part of the password.
        raise StorageError(masked(text), "is no storage URL", remedy) from None
    # An unquoted / or # in a password ends the part before it: what follows then holds the last @.
    if re.search(r"\s", host) or parts.fragment or "@" in parts.path:
        raise StorageError(masked(text), "is no storage URL", remedy)
    if not host:
        raise StorageError(masked(text), "names no host", remedy)
    return parts, f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _from_path(text: str) -> Address:
    path = Path(text).expanduser()
    if path.is_dir():
        raise StorageError(text, "is a folder", "give the path of an SQLite or journal file")
    if path.is_file():
        return _file(_sniff(path), path)
    if path.suffix.lower() in _SQLITE_SUFFIXES:
        return _file(Kind.SQLITE, path)
    if path.suffix.lower() in _JOURNAL_SUFFIXES:
        return _file(Kind.JOURNAL, path)
    raise StorageError(
        masked(text), "there is no such file", "give a storage URL, or the path of a .db or .log file"
    )


def _sniff(path: Path) -> Kind:
    empty = path.stat().st_size == 0
    if is_sqlite(path) and (not empty or path.suffix.lower() in _SQLITE_SUFFIXES):
        return Kind.SQLITE
    try:
        with path.open("rb") as file:
            head = file.read(len(_SQLITE_HEAD))
    except OSError as error:
        raise StorageError(str(path), f"cannot be read ({error.strerror})") from error
    if head == _SQLITE_HEAD:
        raise StorageError(str(path), "is an SQLite database that cannot be read: it is damaged")
    if head.startswith(_JOURNAL_HEAD) or (empty and path.suffix.lower() in _JOURNAL_SUFFIXES):
        return Kind.JOURNAL
    raise StorageError(
        str(path), "is neither an SQLite database nor an Optuna journal", "give the file that holds the study"
    )


def _file(kind: Kind, path: Path) -> Address:
    absolute = path.expanduser().absolute()
    if kind is Kind.SQLITE:
        url = "sqlite:///" + quote(str(absolute), safe="/ ")
        return Address(kind, url, plain(f"sqlite {_short(absolute)}"), absolute)
    return Address(kind, f"journal://{quote(str(absolute))}", plain(f"journal {_short(absolute)}"), absolute)


def _short(path: Path) -> str:
    return str(path) if len(path.parts) <= 3 else f"…/{path.name}"
