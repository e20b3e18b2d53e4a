"""Optuna's own gRPC proxy server, for tests: one process, a server of its own for each storage.

As a program it reads ``PORT URL`` lines, serves each in a thread and says so, and ends with its input.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from functools import cache, partial
from types import TracebackType

from tests.waiting import eventually


class ProxyProcess:
    """A process that serves storages."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.proxies"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def serve(self, url: str, port: int | None = None) -> str:
        """The ``grpc://`` URL under which the storage of ``url`` (SQLAlchemy's) is served from now on."""
        port = port or free_port()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{port} {url}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ready\n"
        return f"grpc://127.0.0.1:{port}"

    def __enter__(self) -> ProxyProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self.process:
            self.process.kill()


@cache
def shared() -> ProxyProcess:
    """The session's own; it ends with the tests, whose end closes its input."""
    return ProxyProcess()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def _serve() -> None:
    import threading

    from optuna.storages import RDBStorage, get_storage, run_grpc_proxy_server

    for line in sys.stdin:
        port, _, url = line.strip().partition(" ")
        # Over tables that are there: making and checking them takes half a second.
        behind = RDBStorage(url, skip_compatibility_check=True, skip_table_creation=True)
        here = {"host": "127.0.0.1", "port": int(port)}
        threading.Thread(
            target=run_grpc_proxy_server, args=[get_storage(behind)], kwargs=here, daemon=True
        ).start()
        # Not by a gRPC client, which after a first refusal rests for a second.
        eventually(partial(_listens, int(port)))
        sys.stdout.write("ready\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
