"""Where the study of a storm is kept, and how that place is taken away and given back."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from hpt_tui.store.address import Address, Kind, parse_address
from tests.disk import NoMountError, mounted_disk
from tests.proxies import free_port
from tests.store.proxy import Proxy
from tests.waiting import eventually

OWN_DISK, OWN_SERVER = "sqlite", "postgres"
"""What ``--storage`` takes besides URLs: a file on a disk of its own, and a PostgreSQL server of its own."""
MEGABYTES = 256


@dataclass(frozen=True)
class Ground:
    """A storage, and what can befall it."""

    address: Address
    """As everything in the storm reaches it."""
    outage: str
    """What takes it away, in words; or why nothing does."""
    take: Callable[[], None] | None = None
    """Takes it away; None: it always answers."""
    give: Callable[[], None] = lambda: None
    """Gives it back."""


@contextmanager
def prepared(storage: str, folder: Path) -> Iterator[Ground]:
    """The ground for ``storage``: OWN_DISK, OWN_SERVER, or an address of the user's, whose server is cut off.

    Raises:
        NoServerError: OWN_SERVER cannot be made here.
    """
    if storage == OWN_DISK:
        with _own_disk(folder) as ground:
            yield ground
    elif storage == OWN_SERVER:
        with _own_server() as ground:
            yield ground
    else:
        address = parse_address(storage)
        if address.kind in (Kind.SERVER, Kind.REDIS):
            with Proxy(address) as proxy:
                yield Ground(proxy.address, "the wire to the server is cut", proxy.cut, proxy.mend)
        else:
            yield Ground(address, "NONE: that place is the user's")


@contextmanager
def _own_disk(folder: Path) -> Iterator[Ground]:
    try:
        with mounted_disk(folder / "disk", MEGABYTES) as disk:
            address = parse_address(str(disk.folder / "study.db"))
            yield Ground(address, "the disk is filled to the last byte", disk.fill, disk.free)
    except NoMountError as error:
        yield Ground(parse_address(str(folder / "study.db")), f"NONE: no disk can be mounted ({error})")


@contextmanager
def _own_server() -> Iterator[Ground]:
    if missing := [name for name in ("initdb", "postgres") if shutil.which(name) is None]:
        raise NoServerError(f"{missing[0]} is not in the PATH")
    server = Postgres()
    try:
        server.start()
        words = "the PostgreSQL server is killed and started again"
        yield Ground(server.address, words, server.crash, server.start)
    finally:
        server.remove()


class NoServerError(Exception):
    """No server of PostgreSQL can be made here; says why."""


class Postgres:
    """A PostgreSQL server of its own, made for one storm."""

    def __init__(self) -> None:
        # Its folder must be reached by another user: PostgreSQL refuses to be run by root.
        self._home = Path(tempfile.mkdtemp(prefix="hpt-postgres-"))
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(self._home, self._user, pwd.getpwnam(self._user).pw_gid)
        port = free_port()
        self.address = parse_address(f"postgresql://postgres@127.0.0.1:{port}/postgres")
        self._url = f"host=127.0.0.1 port={port} user=postgres dbname=postgres connect_timeout=5"
        data = self._home / "data"
        make = ["initdb", "-D", str(data), "-A", "trust", "-U", "postgres", "--no-sync"]
        subprocess.run(make, user=self._user, check=True, capture_output=True, cwd=self._home)
        settings: dict[str, object] = {
            "port": port,
            "unix_socket_directories": self._home,
            "listen_addresses": "127.0.0.1",
        }
        # Nobody pulls the plug of this machine; a killed server loses nothing by it.
        settings["fsync"] = "off"
        self._command = ["postgres", "-D", str(data), *(f"--{k}={v}" for k, v in settings.items())]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, user=self._user, stdout=log, stderr=log, cwd=self._home, start_new_session=True
            )
        eventually(self._answers, 60)

    def crash(self) -> None:
        """End it without a word to anybody; it has to recover when it starts."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(60)

    def remove(self) -> None:
        self.crash()
        shutil.rmtree(self._home)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self._url):
            return True
        return False
