"""A storage behind Optuna's gRPC proxy, with a deadline for every call and every fault said.

Optuna's own client waits for a silent server for ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar, cast
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

_Request = TypeVar("_Request")
_Reply = TypeVar("_Reply")

READING = 300
"""Seconds for the first reading of the trials: the proxy may have to read a big study itself, and goes on with
that when the deadline has passed."""

_ANSWERS = (
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.INVALID_ARGUMENT,
)
"""What the proxy says on purpose, and Optuna's client turns into KeyError, DuplicatedStudyError and so on."""

_PREAMBLE = re.compile(r"^(Exception calling application: |.*last error: )")
"""What gRPC says before the reason."""

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
    storage.seconds = WRITING if writable else WATCHING
    return storage


class ProxiedStorage(GrpcStorageProxy):
    """Optuna's client, whose calls end after ``seconds`` (the first reading of the trials: READING).

    Every fault is a StorageInternalError.
    """

    def __init__(self, *, host: str, port: int, seconds: float) -> None:
        self.seconds = seconds
        self._read = False
        super().__init__(host=host, port=port)

    def _setup(self) -> None:
        self._channel = grpc.insecure_channel(f"{self._host}:{self._port}", options=_CHANNEL)
        self._stub = StorageServiceStub(self._channel)  # type: ignore[no-untyped-call]
        for name, call in vars(self._stub).items():
            setattr(self._stub, name, self._bounded(name, call))
        self._cache = GrpcClientCache(self._stub)

    def _bounded(
        self, name: str, call: grpc.UnaryUnaryMultiCallable[_Request, _Reply]
    ) -> Callable[[_Request], _Reply]:
        def ask(request: _Request) -> _Reply:
            first = name == "GetTrials" and not self._read
            try:
                reply = call(request, timeout=READING if first else self.seconds)
                self._read = self._read or first
                return reply
            except grpc.RpcError as error:
                status = cast("grpc.Call", error)
                if status.code() in _ANSWERS:
                    raise
                problem = _PREAMBLE.sub("", status.details() or "") or status.code().name
                raise StorageInternalError(problem) from None

        return ask
