"""One signed test push to an endpoint, now, through the real transport: what the command and the API both send.

It goes round the outbox: nothing is kept of it, and neither breaker nor pause holds it back.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from afterchat.clock import Clock
from afterchat.sender.request import signed_request
from afterchat.sender.transport import Answer, Failure, Transport
from afterchat.sender.verdict import judge
from afterchat.store.sending import Endpoint, Lease

__all__ = ["ANSWER_BYTES_SHOWN", "TEST_EVENT_TYPE", "Trial", "try_endpoint"]

TEST_EVENT_TYPE = "AFTERCHAT_TEST"
"""An afterchat receiver keeps it as an event of another type."""
ANSWER_BYTES_SHOWN = 1024


class Trial(NamedTuple):
    """What came of it."""

    is_delivered: bool
    status: int
    """HTTP status; 0 when there was none."""
    error: str
    """A key of `sender.verdict.ERRORS`; empty when it was taken."""
    detail: str
    """Why no answer came; for the operator only, because it may name addresses."""
    duration_ms: int
    answer: str
    """The first KiB of the body, as text."""


async def try_endpoint(endpoint: Endpoint, transport: Transport, clock: Clock, seconds_max: float) -> Trial:
    """Send it and wait for the answer, at most so long."""
    now_ms = clock.now_ms()
    body = msgspec.json.encode({"event": TEST_EVENT_TYPE, "endpoint": endpoint.name, "sentAt": now_ms})
    lease = Lease(0, 0, endpoint.id, endpoint.tenant, 0, now_ms, TEST_EVENT_TYPE, body, 0, now_ms)
    begun = clock.monotonic()
    request = signed_request(lease, endpoint, now_ms)
    outcome = request if isinstance(request, Failure) else await transport.send(request, seconds_max)
    duration_ms = round((clock.monotonic() - begun) * 1000)
    verdict = judge(outcome, endpoint.success, clock.now_ms())
    answer = outcome if isinstance(outcome, Answer) else Answer(0, {}, b"", is_cut=False)
    return Trial(
        is_delivered=verdict.kind == "delivered",
        status=answer.status,
        error=verdict.error,
        detail=outcome.detail if isinstance(outcome, Failure) else "",
        duration_ms=duration_ms,
        answer=answer.body[:ANSWER_BYTES_SHOWN].decode("utf-8", "backslashreplace"),
    )
