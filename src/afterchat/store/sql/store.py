"""A store as its ports, whatever database is behind them; the backends say how it is opened, copied and rebuilt.

    store.inbox  store.quarantine  store.records  store.registry  store.journal  store.outbox  ...

What does not belong here: connections and files (`sqlite.store`, `postgresql.store`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from afterchat.store.sql.dictionaries import compressor_for
from afterchat.store.sql.endpoints import SqlEndpoints
from afterchat.store.sql.inbox import SqlInbox
from afterchat.store.sql.inbox_redaction import SqlInboxRedaction
from afterchat.store.sql.journal import SqlJournal
from afterchat.store.sql.outbox import SqlOutbox
from afterchat.store.sql.people import SqlPeople
from afterchat.store.sql.push_rows import PushWriter, new_names
from afterchat.store.sql.quarantine import SqlQuarantine
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.record_redaction import SqlRecordRedaction
from afterchat.store.sql.records import SqlRecords
from afterchat.store.sql.registry import SqlRegistry
from afterchat.store.sql.sender_redaction import SqlSenderRedaction
from afterchat.store.sql.views import SqlViews
from afterchat.store.sql.writer import Writer

__all__ = ["TRACKING", "BackupProgress", "Pace", "SqlStore"]

TRACKING = "tracking"
"""Readers of the sender's tables for the tracker alone, so that people who read hold up no event."""

BackupProgress = Callable[[str, int, int], None]
"""Called with (file name, pages done, pages in all)."""


class Pace(NamedTuple):
    """How a process commits to the databases it answers for."""

    commit_mode: str
    sync_seconds: float


class SqlStore(ABC):
    """An open store. Build it with `afterchat.store.open.open_store`."""

    push_writer_of: type[PushWriter] = PushWriter
    """What turns a group of pushes into rows."""

    journal_of: type[SqlJournal] = SqlJournal
    outbox_of: type[SqlOutbox] = SqlOutbox

    directory: Path | None = None
    """The folder where it lives; None where it has none."""

    @property
    @abstractmethod
    def has_inbox(self) -> bool:
        """Whether somebody has made the receiving end of this store."""

    @property
    @abstractmethod
    def has_records(self) -> bool:
        """Whether somebody has made the records of this store."""

    @property
    @abstractmethod
    def has_sender(self) -> bool:
        """Whether somebody has made the sending end of this store."""

    @abstractmethod
    async def close(self) -> None:
        """Wait for what is under way, close every connection, and give up the locks."""

    async def server_facts(self) -> Mapping[str, str]:
        """What the server behind a shared store says of itself, such as `fsync`: `on`; empty where there is none."""
        return {}

    @abstractmethod
    async def backup(self, target: Path, progress: BackupProgress = lambda *_: None) -> None:
        """Copy the store into the folder `target` while everything runs.

        Raises CallerError where it cannot be copied so, or a copy stands there; StoreUnavailableError when it fails.
        """

    @abstractmethod
    async def begin_rebuild(self) -> SqlRecords:
        """Empty records beside the ones in use, to be filled from the inbox; an unfinished rebuild is thrown away."""

    @abstractmethod
    async def finish_rebuild(self) -> None:
        """Put the rebuilt records in the place of the ones in use, in one transaction that readers see at once.

        Raises CallerError when no rebuild was begun, StoreUnavailableError when it fails; then all is as before.
        """

    def _serve(
        self,
        readers: Mapping[str, Readers],
        writers: Mapping[str, Writer],
        pace: Pace,
        quarantine_rows_max: int,
    ) -> None:
        """Build every port over `readers` (of each database, and of TRACKING) and over `writers` of what is written."""
        inbox, sender = writers.get("inbox"), writers.get("sender")
        push_writer = self.push_writer_of(new_names(), compressor_for(inbox.connection, "inbox")) if inbox else None
        compressor = compressor_for(sender.connection, "sender") if sender else None
        self.inbox = SqlInbox(
            readers["inbox"],
            inbox,
            push_writer,
            commit_mode=pace.commit_mode if inbox else "",
            sync_seconds=pace.sync_seconds if inbox else 0.0,
        )
        self.quarantine = SqlQuarantine(readers["inbox"], inbox, push_writer, rows_max=quarantine_rows_max)
        self.records = SqlRecords(readers["records"], writers.get("records"))
        self.registry = SqlRegistry(readers["registry"], writers.get("registry"))
        self.endpoints = SqlEndpoints(readers["registry"], writers.get("registry"))
        self.people = SqlPeople(readers["registry"], writers.get("registry"))
        self.views = SqlViews(readers["registry"], writers.get("registry"))
        self.journal = self.journal_of(readers["sender"], readers[TRACKING], sender, compressor)
        self.outbox = self.outbox_of(readers["sender"], sender)
        blanker = compressor_for(inbox.connection, "inbox") if inbox else None  # its reader's thread has its own
        sender_blanker = compressor_for(sender.connection, "sender") if sender else None
        self.inbox_redaction = SqlInboxRedaction(readers["inbox"], inbox, blanker)
        self.record_redaction = SqlRecordRedaction(readers["records"], writers.get("records"))
        self.sender_redaction = SqlSenderRedaction(readers["sender"], sender, sender_blanker)
