"""A storage behind Optuna's gRPC proxy, with a deadline for every call and every fault said.

Optuna's own client waits for a silent server for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import grpc
from optuna.exceptions import StorageInternalError
from optuna.storages import GrpcStorageProxy
from optuna.storages._grpc.auto_generated.api_pb2_grpc import StorageServiceStub
from optuna.storages._grpc.client import GrpcClientCache

from hpt_tui.errors import StorageError
from hpt_tui.store.address import Address
from hpt_tui.store.faults import FAULTS
from hpt_tui.store.server import CONNECTING, WATCHING, WRITING, said

if TYPE_CHECKING:
    from grpc import _CallFuture

_Request = TypeVar("_Request")
_Reply = TypeVar("_Reply")

READING = 300
"""Seconds for the trials: the proxy may first have to read a big study itself."""

_ANSWERS = (
    grpc.StatusCode.OK,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.INVALID_ARGUMENT,
)
"""What the proxy says on purpose, and Optuna's client turns into KeyError, DuplicatedStudyError and so on."""

_CHANNEL = (
    ("grpc.max_receive_message_length", -1),
    # A server that comes back is found again within this time, and not within gRPC's two minutes.
    ("grpc.initial_reconnect_backoff_ms", 250),
    ("grpc.max_reconnect_backoff_ms", 2000),
    # A connection that nobody acknowledges is given up by the kernel after the second time. The first is as
    # rare as a server allows that has been asked for the trials and says nothing for READING.
    ("grpc.keepalive_time_ms", 120_000),
    ("grpc.keepalive_timeout_ms", WATCHING * 1000),
)


def open_proxy(address: Address, *, writable: bool) -> GrpcStorageProxy:
    """Reach the proxy behind ``address``.

    Raises:
        StorageError: nothing answers there, or something that is no Optuna storage.
    """
    parts = urlsplit(address.url)
    host, port = str(parts.netloc).rpartition(":")[0], parts.port or 0
    storage = ProxiedStorage(host=host, port=port, seconds=CONNECTING)
    try:
        # No study has an empty name: the shortest question that only such a storage answers.
        storage.get_study_id_from_name("")
    except KeyError:
        pass
    except FAULTS as error:
        storage.close()
        raise StorageError(address.label, f"cannot be reached ({said(error, address)})") from error
    storage.deadlines.seconds = WRITING if writable else WATCHING
    return storage


class ProxiedStorage(GrpcStorageProxy):
    """Optuna's client, whose calls end after ``seconds`` (of the trials: READING).

    Every fault is a StorageInternalError.
    """

    def __init__(self, *, host: str, port: int, seconds: float) -> None:
        self.deadlines = Deadlines(seconds)
        super().__init__(host=host, port=port)

    def _setup(self) -> None:
        self._channel = grpc.insecure_channel(f"{self._host}:{self._port}", options=_CHANNEL)
        channel = grpc.intercept_channel(self._channel, self.deadlines)
        self._stub = StorageServiceStub(channel)  # type: ignore[no-untyped-call]
        self._cache = GrpcClientCache(self._stub)


@dataclass(frozen=True, slots=True)
class _Call(grpc.ClientCallDetails):
    method: str
    timeout: float
    metadata: None = None
    credentials: None = None
    wait_for_ready: None = None
    compression: None = None


class Deadlines(grpc.UnaryUnaryClientInterceptor):
    """Gives every call ``seconds``, and raises StorageInternalError for whatever is no answer of the proxy."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.ClientCallDetails, _Request], _CallFuture[_Reply]],
        client_call_details: grpc.ClientCallDetails,
        request: _Request,
    ) -> _CallFuture[_Reply]:
        method = client_call_details.method
        seconds = max(self.seconds, READING) if method.endswith("/GetTrials") else self.seconds
        call = continuation(_Call(method, seconds), request)
        if call.code() in _ANSWERS:
            return call
        # Of "failed to connect to all addresses; last error: …" the end says why.
        raise StorageInternalError((call.details() or call.code().name).rpartition("last error: ")[2])
