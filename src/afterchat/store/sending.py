"""The ports of the sending end and the frozen data that crosses them: journal, outbox, endpoints.

    events -> journal (state of every session) -> pushes -> outbox (one entry for each push and endpoint) -> relay

The same rules as for `ports`: asynchronous, fewer than ten methods a port, promises in the docstrings.
Moments are epoch milliseconds.
No port leaks a driver's exception: what fails is a `StoreUnavailableError`, and then nothing of the call was kept;
`redeliver` and `cancel` alone work in portions, and keep those that were done.

The line: the records of one session make a line at each endpoint, all its other pushes another.
Of the open entries of a line, the one with the earliest push is WAITING or LEASED, and all others are BEHIND it.
What follows a settled entry in its line, behind it or committed after it, is due at the next full second at the
earliest: a receiver ranks versions by the second of their signature, and the later one must win.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple, Protocol

from afterchat.store.ports import Key

__all__ = [
    "Attempt",
    "Endpoint",
    "EndpointHealth",
    "Endpoints",
    "Entry",
    "EntryQuery",
    "EntryState",
    "Journal",
    "JournalBatch",
    "JournalEvent",
    "Lease",
    "Leases",
    "NewPush",
    "Outbox",
    "Redelivery",
    "SessionMark",
    "Settlement",
    "StoredSession",
]


class EntryState(Enum):
    """Where one delivery stands; every entry is in exactly one of these."""

    WAITING = "waiting"
    """Due at a moment, past or future."""
    BEHIND = "behind"
    """An earlier push of the same session to the same endpoint is not settled yet."""
    LEASED = "leased"
    """A relay tries it now, until its lease ends."""
    DELIVERED = "delivered"
    """The endpoint took it."""
    DEAD = "dead"
    """Given up: the schedule is over, or the endpoint said for good that it will not take it."""
    CANCELLED = "cancelled"
    """The operator let go of it."""


class Endpoint(NamedTuple):
    """An address of a tenant's that pushes go to, as operators set it up."""

    id: int
    tenant: str
    name: str
    """Unique within the tenant."""
    url: str
    event_types: tuple[str, ...]
    signature_mode: str
    """`legacy` (the platform's checksum), `both`, or `hmac_only` (Standard Webhooks headers)."""
    success: str
    """`empty_or_braces`: 2xx with `{}` or an empty body; `any_2xx`."""
    keys: tuple[Key, ...]
    """All of its secrets; the newest one in force signs the checksum, all in force sign the HMAC."""
    schedule_seconds: tuple[int, ...]
    """Wait before the second attempt, before the third, and so on."""
    rate_per_second_max: int
    """Attempts started in a second; 0 for no limit."""
    concurrency_max: int
    headers: tuple[tuple[str, str], ...]
    is_paused: bool
    """Paused endpoints hold their entries; nothing is dropped and no attempt is counted."""
    resumed_at: int
    """When the operator last resumed it; a later disabling by the relay holds until then."""
    created_at: int


class Endpoints(Protocol):
    """What operators decided about endpoints; lives with the registry and raises its version."""

    async def endpoints(self, tenant: str | None) -> tuple[Endpoint, ...]:
        """Every endpoint, or those of a tenant, in the order of their ids."""

    async def put_endpoint(self, endpoint: Endpoint) -> int:
        """Create it (id 0) with its keys, or change it, but for its keys, its tenant and when it was created; the id.

        Raises NotFoundError for an unknown tenant, or an id that is not the tenant's; CallerError for a name in use.
        """

    async def change_endpoint(self, endpoint_id: int, values: Mapping[str, Any]) -> None:
        """Change these attributes and leave all others as they are at that moment, whoever else changes it.

        Not its keys, its tenant or when it was created.
        Raises NotFoundError, or CallerError for a name in use.
        """

    async def put_endpoint_key(self, endpoint_id: int, key: Key) -> None:
        """Add or change a key; raises NotFoundError, KeyRingError when more than two would be in force at one time."""

    async def delete_endpoint(self, endpoint_id: int) -> None:
        """Forget it and its keys; raises NotFoundError. Its open entries are cancelled by the relay.

        Its id is never used again.
        """


class JournalEvent(NamedTuple):
    """One event as it is kept: refused ones too, because an earlier event may explain them later."""

    event_id: str
    at: int
    body: bytes
    """The event's JSON, as `engine.wire` writes it."""


class SessionMark(NamedTuple):
    """What the journal keeps of a session beside its events; written whole at every step of the session."""

    tenant: str
    session: int
    policy: bytes
    """JSON of the policy that was in force when the session was first heard of."""
    due_at: int | None
    """When a timer of it is due; None when nothing is."""
    ended_at: int | None
    touched_at: int
    """When something of it was committed last."""
    record_sha256: bytes
    """Of the last record that was pushed; empty before that."""
    push_count: int


class StoredSession(NamedTuple):
    """A session as the journal holds it: enough to go on as if nothing had happened."""

    mark: SessionMark
    events: tuple[JournalEvent, ...]
    """In the order in which they were committed."""


class NewPush(NamedTuple):
    """A body to be delivered, and to whom."""

    tenant: str
    session: int
    event_type: str
    body: bytes
    sha256: bytes
    created_at: int
    endpoint_ids: tuple[int, ...]


class JournalBatch(NamedTuple):
    """What one step of the tracker commits, all or nothing (S1)."""

    sessions: Sequence[tuple[SessionMark, Sequence[JournalEvent]]]
    """Each session that took a step, with its new events."""
    pushes: Sequence[NewPush]
    committed_at: int


class Journal(Protocol):
    """The events of sessions, and what follows from them for the outbox, in one transaction."""

    async def commit(self, batch: JournalBatch) -> list[int]:
        """Events, marks, pushes and their entries: durable on return, or nothing of it. Ids of the pushes, in order.

        An event whose id the session has already is passed over.
        Entries are due at once, but stand BEHIND while an earlier one of the same session and endpoint is open, and are
        due at the next full second when one was settled in this.
        Ids of pushes and entries and numbers of events grow, and are never used twice.
        """

    async def load(self, tenant: str, session: int) -> StoredSession | None:
        """One session, or None when it was never heard of."""

    async def due(self, until: int, until_of_tenant: Mapping[str, int], row_count_max: int) -> list[SessionMark]:
        """Sessions whose timer is due by `until`, or by the moment given for their tenant, earliest first."""

    async def next_due_at(self) -> int | None:
        """The earliest timer of all; None when there is none."""

    async def latest(
        self, tenant: str | None, before: int | None, row_count_max: int
    ) -> list[tuple[int, str, int, JournalEvent]]:
        """(number, tenant, session, event), newest first, for people; `before` continues a listing."""

    async def purge(self, before: int, row_count_max: int) -> list[tuple[str, int]]:
        """Forget sessions without a timer or an open entry that nothing came for since; (tenant, session) of each."""

    async def counts(self) -> dict[str, int]:
        """What is there: `sessions`, `open_sessions`, `events`, `pushes`; and `last_event_number`, ever given."""


class Lease(NamedTuple):
    """A relay's time-limited hold on one entry, with everything an attempt needs."""

    entry_id: int
    token: int
    """Grows with every lease of the entry; a result is taken only with the token in force."""
    endpoint_id: int
    tenant: str
    session: int
    push_id: int
    event_type: str
    body: bytes
    attempt_count: int
    """Attempts of this series that were made before."""
    created_at: int
    """When its push was made."""
    series: int = 1
    """One more each time that it was sent again."""


class Leases(NamedTuple):
    """What a call to `Outbox.lease` gave."""

    leases: Sequence[Lease]
    next_due_at: Mapping[int, int]
    """For each endpoint asked for, when it should be asked for again: when its first waiting entry is due, or its first
    lease ends; absent when it has neither. Past when more was due than was asked for.
    Settling, redelivering and committing make entries due that this knew nothing of."""


class Attempt(NamedTuple):
    """One try, as it is logged."""

    begun_at: int
    duration_ms: int
    status: int
    """HTTP status; 0 when there was none."""
    error: str
    """Kind of failure, one of `sender.verdict`; empty for success."""
    answer: bytes
    """The first KiB of the body, or of why there is none; what is longer is cut."""


class Settlement(NamedTuple):
    """What became of one lease."""

    entry_id: int
    token: int
    state: EntryState
    """DELIVERED, DEAD or CANCELLED; WAITING for another attempt at `due_at`."""
    due_at: int
    attempt: Attempt | None
    """None when nothing was tried (a relay that stops gives its leases back)."""


class Entry(NamedTuple):
    """One delivery as people see it."""

    id: int
    endpoint_id: int
    tenant: str
    session: int
    push_id: int
    event_type: str
    state: EntryState
    due_at: int
    attempt_count: int
    """Attempts of this series."""
    series: int
    """1, and one more with every redelivery."""
    created_at: int
    """When its push was made."""
    settled_at: int | None
    last_status: int
    last_error: str
    """As in Attempt; or `damaged_body`: what is stored is not what was committed, so it can never be sent."""


class EntryQuery(NamedTuple):
    """Which entries to list; None means any."""

    tenant: str | None = None
    endpoint_id: int | None = None
    session: int | None = None
    state: EntryState | None = None
    before_id: int | None = None
    """Continues a listing, newest first."""


class Redelivery(NamedTuple):
    """Which settled entries to send again as a new series; there is no cap.

    Later pushes of the same session and event type that the endpoint took go again behind them, so that the last word
    it hears is the latest.
    """

    endpoint_id: int
    entry_ids: tuple[int, ...] = ()
    """Exactly these, in whatever state they were settled; empty for all that the rest selects."""
    states: tuple[EntryState, ...] = (EntryState.DEAD,)
    created_from: int = 0
    created_until: int | None = None
    """Of the push; from the one until before the other."""
    with_never_attempted: bool = False
    """Also pushes of those event types for which the endpoint never had an entry, as before it existed."""
    event_types: tuple[str, ...] = ()
    """For `with_never_attempted`: what the endpoint subscribes to."""
    tenant: str = ""
    """For `with_never_attempted`: whose pushes; the endpoint's own tenant."""


class EndpointHealth(NamedTuple):
    """What the relay remembers of an endpoint across restarts."""

    endpoint_id: int
    failing_since: int | None
    failures_in_a_row: int
    disabled_at: int | None
    """When the endpoint answered 410, or failed for so long that nobody should go on."""
    open_until: int | None
    """The breaker lets nothing through before this moment."""


class Outbox(Protocol):
    """Entries on their way: who holds them, what was tried, what became of them."""

    async def lease(self, wanted: Mapping[int, int], now: int, until: int) -> Leases:
        """Hold up to so many due entries of each endpoint until `until`, earliest due first.

        A lease is over when its `until` is reached: its entry is waiting again, due as it was.
        One that would hold for longer than two of those asked for now was made while the clock was ahead: it is over.
        Nobody else can hold what this call gave.
        """

    async def settle(self, settlements: Sequence[Settlement], health: Sequence[EndpointHealth], now: int) -> list[bool]:
        """Write results with their attempts, and endpoints' health, in one transaction; whether each was in force.

        A lease is in force until it is settled or over and another call of `lease` has seen that, until its entry is
        cancelled, or put behind by the redelivery of an earlier one.
        A stale token changes nothing of its entry; its attempt is logged all the same.
        Settling the earlier of two entries of a session lets the later one wait, due at the next full second.
        Raises CallerError for BEHIND or LEASED.
        """

    async def redeliver(self, redelivery: Redelivery, now: int) -> int:
        """How many entries are open again; bodies and their push ids stay the same.

        In portions: asking again after a failure goes on. What is open already stays as it is.
        """

    async def cancel(self, endpoint_id: int, now: int) -> int:
        """Cancel every open entry of an endpoint that is gone, in portions; how many there were."""

    async def entries(self, query: EntryQuery, row_count_max: int) -> list[Entry]:
        """Newest first."""

    async def attempts(self, entry_id: int) -> list[Attempt]:
        """All that were made for an entry, oldest first."""

    async def push(self, push_id: int) -> NewPush | None:
        """One push with its body; its endpoint ids are left empty."""

    async def health(self) -> tuple[tuple[EndpointHealth, ...], dict[tuple[int, str], int], dict[str, int]]:
        """(health of each endpoint, entries by (endpoint, state), totals); cheap enough for every few seconds.

        States without entries are absent.
        Totals: entries ever `created` and `purged`, which is what conservation is checked against (S2), and
        `oldest_due_at` and `oldest_leased_at` if any.
        """

    async def purge(self, before: int, row_count_max: int) -> int:
        """Forget entries settled before `before` with their attempts, and pushes that have none left.

        How many entries were forgotten, and pushes from before `before` that never had one.
        """
