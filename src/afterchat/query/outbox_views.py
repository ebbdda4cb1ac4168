"""What readers of the sending end see, as frozen data; the rules are those of `views`."""

from __future__ import annotations

from typing import Annotated

import msgspec

from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN

__all__ = [
    "AttemptView",
    "EndpointKeyView",
    "EndpointPage",
    "EndpointView",
    "EntryDetail",
    "EntryPage",
    "EntryView",
    "HealthView",
    "PushView",
]

Id = Annotated[str, msgspec.Meta(description="An id, as decimal text.", pattern="^-?[0-9]{1,19}$")]
MomentMs = Annotated[int, msgspec.Meta(description="Epoch milliseconds.", ge=INTEGER_MIN, le=INTEGER_MAX)]
Count = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]
Sha256 = Annotated[str, msgspec.Meta(description="sha256 of the body, lower-case hex.", pattern="^[0-9a-f]{64}$")]


class EndpointKeyView(msgspec.Struct, frozen=True):
    """A secret of an endpoint, without the secret."""

    id: str
    not_before: MomentMs
    not_after: MomentMs | None


class HealthView(msgspec.Struct, frozen=True):
    """How the endpoint has been answering."""

    failing_since: MomentMs | None
    failures_in_a_row: Count
    open_until: Annotated[MomentMs | None, msgspec.Meta(description="The breaker lets nothing through before this.")]
    disabled_at: Annotated[MomentMs | None, msgspec.Meta(description="When the relay gave up until you resume it.")]


class EndpointView(msgspec.Struct, frozen=True):
    """An address that pushes go to; values of headers and secrets are not shown."""

    id: Id
    tenant: str
    name: str
    url: str
    state: Annotated[str, msgspec.Meta(description="`sending`, `failing`, `disabled` or `paused`.")]
    event_types: list[str]
    signature_mode: str
    success: str
    schedule_seconds: list[int]
    rate_per_second_max: Annotated[int, msgspec.Meta(description="0 for no limit.")]
    concurrency_max: int
    header_names: list[str]
    keys: list[EndpointKeyView]
    health: HealthView
    entries: Annotated[dict[str, int], msgspec.Meta(description="State -> how many entries are in it.")]
    created_at: MomentMs


class EndpointPage(msgspec.Struct, frozen=True):
    """Every endpoint, in the order of their ids."""

    items: list[EndpointView]


class EntryView(msgspec.Struct, frozen=True):
    """One delivery: one push on its way to one endpoint."""

    id: Id
    tenant: str
    endpoint_id: Id
    session: Id
    push_id: Id
    event_type: str
    state: Annotated[
        str, msgspec.Meta(description="`waiting`, `behind`, `leased`, `delivered`, `dead` or `cancelled`.")
    ]
    due_at: MomentMs
    attempt_count: Count
    series: Annotated[int, msgspec.Meta(description="1, and one more with every redelivery.")]
    created_at: MomentMs
    settled_at: MomentMs | None
    last_status: int
    last_error: str


class EntryPage(msgspec.Struct, frozen=True):
    """Deliveries, newest first."""

    items: list[EntryView]
    next_cursor: Annotated[str, msgspec.Meta(description="Give it as `cursor`; null on the last page.")] | None


class AttemptView(msgspec.Struct, frozen=True):
    """One try."""

    begun_at: MomentMs
    duration_ms: int
    status: Annotated[int, msgspec.Meta(description="HTTP status; 0 without an answer.")]
    error: Annotated[str, msgspec.Meta(description="Kind of failure; empty for success.")]
    answer: Annotated[str, msgspec.Meta(description="The first KiB of the answer, as text.")]


class PushView(msgspec.Struct, frozen=True):
    """What is delivered."""

    id: Id
    event_type: str
    sha256: Sha256
    body_bytes: Count
    created_at: MomentMs


class EntryDetail(msgspec.Struct, frozen=True):
    """One delivery with every attempt, oldest first."""

    entry: EntryView
    push: PushView
    attempts: list[AttemptView]
