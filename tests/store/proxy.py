"""A real server behind a wire that can go dead without a word, or be cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

from hpt_tui.store.address import Address, parse_address

PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "redis": 6379, "rediss": 6379}


class Proxy:
    """Hands on whatever clients and server say, until the wire is cut or :attr:`silent` is set, when it swallows
    what is said."""

    def __init__(self, behind: Address) -> None:
        parts = urlsplit(behind.url)
        self._server = (parts.hostname or "127.0.0.1", parts.port or PORTS[parts.scheme.split("+")[0]])
        self._sockets: list[socket.socket] = []
        self._port = 0
        self.silent = threading.Event()
        self.mend()
        user, at, _ = parts.netloc.rpartition("@")
        self.address = parse_address(urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{self._port}")))

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()

    def cut(self) -> None:
        """Break all connections and refuse new ones."""
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._sockets = []

    def mend(self) -> None:
        """Take connections at the same port as before, and hand on what they say. Those of before are broken."""
        self.cut()
        self.silent.clear()
        listening = socket.create_server(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        self._sockets.append(listening)
        threading.Thread(target=self._accept, args=[listening], daemon=True).start()

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(self._server)
                self._sockets += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._hand_on, args=ends, daemon=True).start()

    def _hand_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not self.silent.is_set():
                    target.sendall(data)
            target.shutdown(socket.SHUT_WR)
