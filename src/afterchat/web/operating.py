"""What the API may have done to endpoints: the port through which it asks, and what it answers with.

The web room reads requests and writes answers; the composition root knows the store, the rules and the wire.

Rules
- A secret leaves in one answer only: that of the request which had it made.
- Errors are those of `errors`, and nothing was changed when one is raised:
  EndpointError, NotFoundError, KeyRingError, CallerError for a name in use, StoreUnavailableError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple, Protocol

import msgspec

from afterchat.query.outbox_views import Count, Id, MomentMs
from afterchat.store.sending import Endpoint

__all__ = ["Asked", "KeyMade", "MadeKey", "Operations", "Redelivered", "TrialView"]


class KeyMade(NamedTuple):
    """A new key of an endpoint."""

    endpoint_id: int
    key_id: str
    secret: str | None
    """None when the caller brought it."""
    not_before: int
    older_until: int | None
    """When the older keys retire; None when nothing changed for them."""


class Asked(NamedTuple):
    """What to send again: these entries, or those of an endpoint that the rest selects."""

    endpoint_id: int
    entry_ids: tuple[int, ...] = ()
    all_dead: bool = False
    since: int | None = None
    """Epoch ms."""
    until: int | None = None
    never_attempted: bool = False


class Operations(Protocol):
    """What a running sender does for whoever may operate it; each is durable on return, and in force at once."""

    async def add_endpoint(self, tenant: str, values: Mapping[str, Any], secret: str | None) -> KeyMade:
        """Make it with its first key; a secret is made when none is given."""

    async def change_endpoint(self, endpoint_id: int, values: Mapping[str, Any]) -> None:
        """Change these attributes and no others, whoever else changes it."""

    async def set_paused(self, endpoint_id: int, *, is_paused: bool) -> None:
        """Hold what is to be delivered, or deliver again, also after the relay gave up."""

    async def delete_endpoint(self, endpoint_id: int) -> None:
        """Forget it; its open entries are cancelled."""

    async def add_key(
        self, endpoint: Endpoint, secret: str | None, *, after_seconds: int, overlap_seconds: int
    ) -> KeyMade:
        """Add a key that is in force so much later; the older ones retire after the overlap."""

    async def try_endpoint(self, endpoint: Endpoint) -> TrialView:
        """One signed test push, now, round the outbox."""

    async def redeliver(self, asked: Sequence[Asked]) -> int:
        """How many entries are open again."""


class MadeKey(msgspec.Struct, frozen=True):
    """A key that was made, and the only answer that ever holds its secret."""

    id: Id
    key: Annotated[str, msgspec.Meta(description="Id of the key.")]
    secret: Annotated[str | None, msgspec.Meta(description="Shown once; null when the request brought it.")]
    not_before: MomentMs
    older_until: Annotated[MomentMs | None, msgspec.Meta(description="When the older keys retire, if that changed.")]


class TrialView(msgspec.Struct, frozen=True):
    """What came of one test push."""

    delivered: bool
    status: Annotated[int, msgspec.Meta(description="HTTP status; 0 without an answer.")]
    error: Annotated[str, msgspec.Meta(description="Kind of failure; empty when it was taken.")]
    zh: str
    en: str
    detail: Annotated[str, msgspec.Meta(description="More on a failure; only for a token of all tenants.")]
    duration_ms: Count
    answer: Annotated[str, msgspec.Meta(description="The first KiB of the answer, as text.")]


class Redelivered(msgspec.Struct, frozen=True):
    """How much is on its way again."""

    count: Count
