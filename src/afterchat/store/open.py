"""Opening a store by its URL: the only place that names a backend.

    sqlite:///relative/folder     sqlite:////absolute/folder     sqlite:///:memory: or sqlite:// (for tests)
    postgresql://user@host/database?sslmode=require              with the extra `postgresql`

What does not belong here: anything a backend does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from afterchat.errors import SettingsError
from afterchat.store.address import shown_url
from afterchat.store.sql.connection import Patience
from afterchat.store.sql.readers import READ_SECONDS_MAX
from afterchat.store.sql.store import SqlStore as Store
from afterchat.store.sqlite.store import SqliteStore

__all__ = ["WRITABLE", "Store", "is_shared", "open_store"]

WRITABLE = frozenset({"inbox", "records", "registry", "sender"})
"""What a process may write; everything else of a store it only reads."""

_COMMIT_MODES = ("auto", "inline", "thread")
_SQLITE = "sqlite://"
_POSTGRESQL = ("postgresql://", "postgres://")


def is_shared(url: str) -> bool:
    """Whether many processes on many machines may work on this store: who finds a role taken then stands by."""
    return url.startswith(_POSTGRESQL)


async def open_store(
    url: str,
    writes: frozenset[str],
    *,
    commit_mode: str = "auto",
    quarantine_rows_max: int = 10_000,
    read_seconds_max: float = READ_SECONDS_MAX,
    monotonic: Callable[[], float] = time.monotonic,
) -> Store:
    """The store at `url`, of which this process writes `writes`, a subset of WRITABLE.

    A read that takes longer than `read_seconds_max` by the clock `monotonic` is stopped with StoreUnavailableError.
    A store in memory has nobody else to write it, so there `writes` is all of it.
    Raises SettingsError for a URL or mode that cannot be read, StoreLockedError when another process writes the same,
    SchemaError for a store of another version, StoreUnavailableError when the disk or the server does not serve.
    """
    if commit_mode not in _COMMIT_MODES:
        raise SettingsError(f"'commit_mode' must be one of {', '.join(_COMMIT_MODES)}, not {commit_mode!r}")
    if not writes <= WRITABLE:
        raise SettingsError(f"a store has {', '.join(sorted(WRITABLE))}; there is no {', '.join(writes - WRITABLE)}")
    patience = Patience(monotonic, read_seconds_max)
    if is_shared(url):
        return _open_postgresql(url, writes, quarantine_rows_max, patience)
    return SqliteStore(
        _directory_of(url),
        writes,
        commit_mode=commit_mode,
        quarantine_rows_max=quarantine_rows_max,
        patience=patience,
    )


def _open_postgresql(url: str, writes: frozenset[str], quarantine_rows_max: int, patience: Patience) -> Store:
    try:
        from afterchat.store.postgresql.store import PostgresStore  # noqa: PLC0415 - its driver is an extra
    except ModuleNotFoundError as error:
        if error.name != "asyncpg":
            raise
        raise SettingsError("a store in PostgreSQL needs its driver: pip install 'afterchat[postgresql]'") from error
    return PostgresStore(url, writes, quarantine_rows_max=quarantine_rows_max, patience=patience)


def _directory_of(url: str) -> Path | None:
    """The folder that a URL names; None for a store in memory."""
    if not url.startswith(_SQLITE) or "\0" in url:
        raise SettingsError(
            "a store is named like sqlite:///folder, sqlite:////absolute/folder or postgresql://user@host/database, "
            f"not {shown_url(url)!r}"
        )
    rest = url.removeprefix(_SQLITE)
    if rest in ("", "/:memory:"):
        return None
    if not rest.startswith("/") or rest == "/":
        raise SettingsError(f"after sqlite:// comes a slash and then the folder, as in sqlite:///folder, not {url!r}")
    return Path(rest[1:])
