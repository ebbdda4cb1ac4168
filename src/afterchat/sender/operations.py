"""What happens to an endpoint, as a push to the endpoints that subscribe to it. Pure.

They are other endpoints of the same tenant, and those of the operator's own tenant, who hears of all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from afterchat.sender.gate import News
from afterchat.store.sending import Endpoint, NewPush

__all__ = ["OPERATIONS", "news_pushes"]

OPERATIONS: Mapping[str, str] = {
    "failing": "AFTERCHAT_ENDPOINT_FAILING",
    "recovered": "AFTERCHAT_ENDPOINT_RECOVERED",
    "disabled": "AFTERCHAT_ENDPOINT_DISABLED",
}
"""What can happen to an endpoint, and the event type under which it is pushed."""

_SESSION = 0
"""They belong to no session."""


def news_pushes(news: News, endpoints: Sequence[Endpoint], operator_tenant: str) -> list[NewPush]:
    """A push for each tenant that hears of it; none when the endpoint is no more, or nobody asked."""
    about = next((endpoint for endpoint in endpoints if endpoint.id == news.endpoint_id), None)
    if about is None:
        return []
    event_type = OPERATIONS[news.kind]
    body = msgspec.json.encode(
        {
            "tenant": about.tenant,
            "endpoint": about.name,
            "url": about.url,
            "state": news.kind,
            "at": news.at,
            "error": news.error,
        }
    )
    sha256 = hashlib.sha256(body).digest()
    told = [one for one in endpoints if event_type in one.event_types and one.id != about.id]
    pushes = []
    for tenant in sorted({about.tenant, operator_tenant}):
        ids = tuple(endpoint.id for endpoint in told if endpoint.tenant == tenant)
        if ids:
            pushes.append(NewPush(tenant, _SESSION, event_type, body, sha256, news.at, ids))
    return pushes
