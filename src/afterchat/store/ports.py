"""The ports of the store and the frozen data that crosses them.

A port is asynchronous, has fewer than ten methods, and promises in its docstrings what is atomic and what blocks.
Adapters (`store/sqlite`) implement them; one conformance suite runs over every adapter.
Moments are epoch milliseconds except `signed_at`, which is epoch seconds because the wire signs seconds.
No port leaks a driver's exception: what fails is a `StoreUnavailableError`, and then nothing of the call was kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from afterchat.contract.record import SessionRecord

__all__ = [
    "Applied",
    "Arrival",
    "DriftNote",
    "Inbox",
    "InboxRow",
    "Key",
    "Order",
    "Outcome",
    "Projected",
    "Quarantine",
    "QuarantinedPush",
    "Quarantining",
    "Records",
    "Registry",
    "Repeat",
    "Revision",
    "SessionQuery",
    "SessionRow",
    "Tenant",
    "Token",
    "Unreadable",
]


class Outcome(Enum):
    """What became of one arrival once its group was committed."""

    NEW = "new"
    """Its bytes were not known for this tenant; they are on disk now."""
    DUPLICATE = "duplicate"
    """Its bytes were already on disk; the repeat was counted."""


class Arrival(NamedTuple):
    """One authentic push on its way into the inbox."""

    tenant: str
    event_type: str
    """As the query said it; empty when it said nothing."""
    signed_at: int
    """The signed `time`, epoch seconds."""
    arrived_at: int
    key_id: str
    """Which key of the ring verified it."""
    scheme: str
    """`checksum` or `webhooks`."""
    sha256: bytes
    body: bytes


class InboxRow(NamedTuple):
    """One push as the inbox holds it."""

    id: int
    """Grows with arrival; never used twice."""
    tenant: str
    event_type: str
    signed_at: int
    arrived_at: int
    key_id: str
    scheme: str
    sha256: bytes
    body: bytes
    repeat_count: int
    """How often the same bytes came again."""


class Repeat(NamedTuple):
    """Bytes that came again under another signed time."""

    id: int
    inbox_id: int
    signed_at: int


class Inbox(Protocol):
    """The append-only log of authentic pushes: the truth."""

    async def append_all(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """Commit all or none; on return every one is durable. One outcome each, in order.

        The same bytes twice in one call are NEW, then DUPLICATE.
        Raises StoreUnavailableError; then nothing was kept and nothing may be acknowledged.
        """

    async def read_after(self, inbox_id: int, row_count_max: int) -> list[InboxRow]:
        """The next rows with a greater id, ascending; fewer than asked for when their bodies are large.

        A row once seen never changes but for its repeat count.
        """

    async def repeats_after(self, repeat_id: int, row_count_max: int) -> list[Repeat]:
        """Repeats with a greater id, ascending."""

    async def get(self, inbox_id: int) -> InboxRow | None:
        """One row with its body, or None."""

    async def latest(self, tenant: str | None, before_id: int | None, row_count_max: int) -> list[InboxRow]:
        """Newest first, for people; `before_id` continues a listing."""

    async def counts(self) -> dict[str, int]:
        """`pushes`, `repeats`, `quarantined`, `last_inbox_id`, `last_repeat_id`."""

    async def recover(self) -> None:
        """After a StoreUnavailableError: reopen and commit a canary; raises it again when still ill."""


class Quarantining(NamedTuple):
    """A refused push worth keeping for the operator."""

    tenant: str
    refused_at: int
    reason: str
    """`checksum` (not authentic) or `window` (authentic, but too early or too late)."""
    cause: str
    """The likely cause in words of `receiver.diagnosis`; empty when unknown."""
    query: str
    """The raw query without the checksum's value."""
    event_type: str
    signed_at: int | None
    authentic: bool
    sha256: bytes
    body: bytes


class QuarantinedPush(NamedTuple):
    """A quarantined push as it is kept."""

    id: int
    push: Quarantining
    released_at: int | None


class Quarantine(Protocol):
    """Refused pushes, bounded: the oldest leave when the bound is reached. Lives with the inbox."""

    async def put_all(self, pushes: Sequence[Quarantining]) -> None:
        """Keep them, dropping the oldest beyond the bound of the adapter."""

    async def latest(self, tenant: str | None, before_id: int | None, row_count_max: int) -> list[QuarantinedPush]:
        """Newest first."""

    async def get(self, quarantine_id: int) -> QuarantinedPush | None:
        """One of them, or None."""

    async def release(self, quarantine_id: int, released_at: int) -> Outcome:
        """Move an authentic one into the inbox and mark it released, in one transaction.

        Raises NotFoundError, or CallerError when its signature never verified.
        """


class Projected(NamedTuple):
    """What the projector understood of one inbox row that carries a session record."""

    inbox_id: int
    tenant: str
    session_id: int
    signed_at: int
    arrived_at: int
    sha256: bytes
    latest_moment: int
    """The greatest moment inside the record, epoch ms; ranks revisions signed in the same second."""
    record: SessionRecord
    problems: tuple[str, ...]
    """Fields that could not be read, each as `wireName: why`; empty for most rows."""


class Unreadable(NamedTuple):
    """An authentic push whose body is no session record and no other known event."""

    inbox_id: int
    tenant: str
    arrived_at: int
    reason: str


class DriftNote(NamedTuple):
    """Something the wire carried that the field table does not know."""

    tenant: str
    kind: str
    """`value` (unknown code), `type` (another JSON type), `field` (unknown field), `duplicate` (a key twice)."""
    field: str
    sample: str
    seen_at: int


class Applied(NamedTuple):
    """One projector batch, applied in one transaction together with its cursors."""

    sessions: Sequence[Projected]
    repeats: Sequence[Repeat]
    unreadable: Sequence[Unreadable]
    drift: Sequence[DriftNote]
    other_event_count: int
    """Authentic pushes of other event types."""
    inbox_cursor: int
    repeat_cursor: int
    applied_at: int


class Revision(NamedTuple):
    """One of the bodies that a session was ever pushed with."""

    inbox_id: int
    signed_at: int
    arrived_at: int
    sha256: bytes
    is_current: bool


class SessionRow(NamedTuple):
    """The current record of one session and where it came from."""

    tenant: str
    inbox_id: int
    signed_at: int
    arrived_at: int
    revision_count: int
    problems: tuple[str, ...]
    record: SessionRecord


class SessionQuery(NamedTuple):
    """A page of sessions: conditions are ANDed, order is (end_time, tenant, id) descending."""

    tenant: str | None
    """None for all tenants."""
    conditions: tuple[tuple[str, str, object], ...]
    """(column, operator, value); columns are Python field names of FIELDS, operators are `=`, `<`, `>=`."""
    after: tuple[int, str, int] | None
    """Key of the last row of the page before, or None for the first page."""
    row_count_max: int


class Records(Protocol):
    """The projection: rebuildable from the inbox, read by everything that people look at."""

    async def cursors(self) -> tuple[int, int]:
        """(inbox_cursor, repeat_cursor) up to which everything was applied."""

    async def apply(self, batch: Applied) -> None:
        """Rows and cursors in one transaction; applying a batch again changes nothing."""

    async def page(self, query: SessionQuery) -> list[SessionRow]:
        """One page of current records."""

    async def get(self, tenant: str | None, session_id: int) -> list[SessionRow]:
        """The current record of that session; several when `tenant` is None and tenants share the id."""

    async def get_many(self, keys: Sequence[tuple[str, int]]) -> list[SessionRow]:
        """The current records of these (tenant, session id), in that order; what is not there is left out."""

    async def revisions(self, tenant: str, session_id: int) -> list[Revision]:
        """All bodies of one session, current first, then by rank."""

    async def unreadable(self, tenant: str | None, row_count_max: int) -> list[Unreadable]:
        """Newest first."""

    async def drift(self, tenant: str | None) -> list[tuple[DriftNote, int, int]]:
        """Each distinct note with (count, first seen at); newest first."""

    async def counts(self) -> dict[str, int]:
        """`sessions`, `revisions`, `unreadable`, `other_events`, `with_problems`, `drift`."""


class Key(NamedTuple):
    """One secret of a tenant, in force between two moments."""

    id: str
    secret: bytes
    not_before: int
    not_after: int | None


class Tenant(NamedTuple):
    """One sender of pushes and the keys that are on its ring."""

    name: str
    signature_mode: str
    """`legacy`, `both` or `hmac_only`."""
    keys: tuple[Key, ...]


class Token(NamedTuple):
    """A bearer token; only its sha256 is stored."""

    id: str
    tenant: str | None
    """None means every tenant."""
    expires_at: int | None
    scope: str = "read"
    """`read` what there is; `send`: hand in events and records; `operate`: read, change endpoints, deliver again."""


class Order(NamedTuple):
    """Something an operator wants a running server to do."""

    id: int
    kind: str
    """`release` (argument: quarantine id) or `rebuild`."""
    argument: str
    state: str
    """`waiting`, `done` or `failed`."""
    result: str


class Registry(Protocol):
    """What operators decided. Small; read often, written rarely."""

    async def version(self) -> int:
        """A number that grows with every change: cheap to ask."""

    async def tenants(self) -> tuple[Tenant, ...]:
        """Every tenant with all its keys, past and future ones too."""

    async def put_tenant(self, name: str, signature_mode: str, created_at: int) -> None:
        """Create it, or change its signature mode."""

    async def put_key(self, tenant: str, key: Key) -> None:
        """Add a key or change its limits; raises KeyRingError beyond two in force at one time."""

    async def add_token(self, token: Token, token_sha256: bytes, created_at: int) -> None:
        """Keep the hash of a new token."""

    async def tokens(self) -> tuple[tuple[Token, bytes], ...]:
        """Every token that was not revoked, with its hash."""

    async def revoke_token(self, token_id: str) -> None:
        """Forget it; raises NotFoundError."""

    async def place_order(self, kind: str, argument: str, placed_at: int) -> int:
        """Ask the running server for something; returns the order's id."""

    async def orders(self, state: str | None) -> list[Order]:
        """Newest last."""

    async def settle_order(self, order_id: int, state: str, result: str) -> None:
        """Say what became of it."""
