"""A journal in Redis, as Optuna's ``JournalRedisBackend`` keeps it, but read in bulk and never unpickled.

Optuna's own backend fetches one record a round trip, waits for ever for a record that is missing, and loads
its snapshot with ``pickle``: whoever can write to the server could run code here. This one reads and writes the
same keys, so that both work on one journal, and replays the records instead of loading a snapshot.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import redis
from optuna.exceptions import StorageInternalError
from optuna.storages import JournalStorage
from optuna.storages.journal._base import BaseJournalSnapshot
from redis.backoff import NoBackoff
from redis.retry import Retry

from hpt_tui.errors import StorageError
from hpt_tui.store.address import Address
from hpt_tui.store.faults import FAULTS
from hpt_tui.store.journal_record import CountedJournal, JournalReplacedError, Record, parse_record
from hpt_tui.store.server import CONNECTING, WATCHING, WRITING, said

BATCH = 500
"""Records of one round trip."""

_MISSING = (0.05, 0.1, 0.2, 0.4)
"""Pauses, in seconds, for a record that is counted but not there: on a cluster Optuna counts before it writes."""

# Counts and writes at once, as Optuna's does; never into a journal that has taken the place of the one we read.
_APPEND = """
local first = redis.call('get', KEYS[2])
if ARGV[1] ~= '' and first ~= ARGV[1] then return 0 end
redis.call('setnx', KEYS[1], -1)
for i = 3, #ARGV do
  local number = redis.call('incr', KEYS[1])
  redis.call('set', string.format('%s:log:%d', ARGV[2], number), ARGV[i])
end
return 1
"""

_GONE = "the journal was emptied, or another one has taken its place"


def open_redis(address: Address, *, writable: bool, create: bool) -> RedisStorage:
    """Open the journal behind ``address``; with ``create`` it may be empty.

    Raises:
        StorageError: unreachable, without a journal, or with a damaged one.
    """
    try:
        # Anything but a quick answer here means that the server is not there.
        probe = RedisJournal(address.url, seconds=CONNECTING)
        try:
            there = probe.exists()
        finally:
            probe.close()
    except (TypeError, ValueError) as error:
        raise StorageError(address.label, f"is no storage URL ({said(error, address)})") from error
    except FAULTS as error:
        raise StorageError(address.label, f"cannot be reached ({said(error, address)})") from error
    if not there and not create:
        remedy = "give the storage of a study, with ?prefix=NAME where its keys have a prefix"
        raise StorageError(address.label, "holds no Optuna study", remedy)
    try:
        return RedisStorage(RedisJournal(address.url, seconds=WRITING if writable else WATCHING))
    except (*FAULTS, KeyError, TypeError, ValueError) as error:
        raise StorageError(
            address.label, f"cannot be opened as an Optuna journal ({said(error, address)})"
        ) from error


class RedisJournal(CountedJournal, BaseJournalSnapshot):
    """The records under the prefix that ``url`` names (``?prefix=``), counted from 0.

    ``seconds`` is how long a connection may be silent. Every fault is a StorageInternalError.
    """

    def __init__(self, url: str, *, seconds: float) -> None:
        server, self._prefix = _split_prefix(url)
        self._redis = redis.Redis.from_url(
            server,
            socket_connect_timeout=CONNECTING,
            socket_timeout=seconds,
            # Who asks repeats; a write that the client repeats by itself could be there twice.
            retry=Retry(NoBackoff(), 0),
        )
        self._counter, self._first_key = f"{self._prefix}:log_number", f"{self._prefix}:log:0"
        self._first: object = None
        """The journal's first record, which no other journal has; None while it is empty."""
        self._records = 0

    @property
    def records(self) -> int:
        return self._records

    def exists(self) -> bool:
        """Whether there is a journal at all."""
        with _faults():
            return bool(self._redis.exists(self._counter))

    def read_logs(self, log_number_from: int) -> Iterator[Record]:
        """The records from ``log_number_from`` on."""
        with _faults():
            number, first = cast("list[object]", self._redis.mget(self._counter, self._first_key))
        length = _length(number)
        if log_number_from > length or self._first not in (None, first):
            raise JournalReplacedError(_GONE)
        self._first = first
        for start in range(log_number_from, length, BATCH):
            texts = self._texts(range(start, min(start + BATCH, length)))
            for position, text in enumerate(texts, start):
                if (record := parse_record(cast("str", text))) is None:
                    raise StorageInternalError(f"record {position} of the journal is damaged")
                self._records = position + 1
                yield record

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add the records at the end, all at once."""
        known = "" if self._first is None else self._first
        texts = [json.dumps(log) for log in logs]
        with _faults():
            added = self._redis.eval(
                _APPEND, 2, self._counter, self._first_key, cast("str", known), self._prefix, *texts
            )
        if not added:
            raise JournalReplacedError(_GONE)

    def load_snapshot(self) -> None:
        """None, whatever the server holds: what it holds is a pickle."""

    def save_snapshot(self, snapshot: bytes) -> None:
        """Keep it, for Optuna's own backend: without one it needs a round trip for each record."""
        # The records hold everything; and whoever creates a trial must not take it for failed.
        with suppress(redis.RedisError):
            self._redis.set(f"{self._prefix}:snapshot", snapshot)

    def close(self) -> None:
        """Give the connections back; the next call opens one again."""
        self._redis.close()

    def _texts(self, positions: range) -> list[object]:
        keys = [f"{self._prefix}:log:{position}" for position in positions]
        for pause in (*_MISSING, 0.0):
            with _faults():
                texts = cast("list[object]", self._redis.mget(keys))
            if None not in texts:
                return texts
            time.sleep(pause)
        raise StorageInternalError(f"record {positions[texts.index(None)]} of the journal is missing")


class RedisStorage(JournalStorage):
    """Optuna's journal storage over :class:`RedisJournal`."""

    def __init__(self, journal: RedisJournal) -> None:
        self._journal = journal
        super().__init__(journal)

    def remove_session(self) -> None:
        self._journal.close()


def _split_prefix(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    prefix = query.pop("prefix", "")
    return urlunsplit(parts._replace(query=urlencode(query))), prefix


def _length(number: object) -> int:
    """The length of a journal whose counter says ``number``: that of its last record, -1 while it is empty."""
    if number is None:
        return 0
    try:
        return int(cast("str", number)) + 1
    except ValueError:
        raise StorageInternalError("the journal's counter is damaged") from None


@contextmanager
def _faults() -> Iterator[None]:
    """Whatever the client raises, as Optuna's storages say it."""
    try:
        yield
    except redis.RedisError as error:
        raise StorageInternalError(str(error)) from error
