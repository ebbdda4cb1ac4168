"""The only place where a path is spelled.

Templates in `{}` are the router's and OpenAPI's.
"""

from __future__ import annotations

__all__ = [
    "CONTRADICTIONS",
    "DEFINITIONS",
    "DOCS",
    "DRIFT",
    "ENDPOINT",
    "ENDPOINTS",
    "ENDPOINT_KEYS",
    "ENDPOINT_PAUSE",
    "ENDPOINT_RESUME",
    "ENDPOINT_TEST",
    "EVENTS",
    "EXPORT",
    "EXPORTS",
    "FIGURES",
    "HEALTH",
    "INBOX",
    "INBOX_BODY",
    "JOURNEY",
    "METRICS",
    "OPENAPI",
    "OUTBOX",
    "OUTBOX_BODY",
    "OUTBOX_ENTRY",
    "OUTBOX_REDELIVER",
    "PUSH",
    "PUSH_TENANT",
    "QUARANTINE",
    "READINESS",
    "RECORDS",
    "SESSION",
    "SESSIONS",
    "STYLE",
    "UNREADABLE",
    "is_of_api",
    "problem",
]

STYLE = "/style.css"
DOCS = "/docs"
OPENAPI = "/openapi.json"
HEALTH = "/healthz"
READINESS = "/readyz"
METRICS = "/metrics"

PUSH = "/push"
"""Answered by the receiver, not by this room; spelled here for the pages that tell people of it."""
PUSH_TENANT = "/push/{tenant}"

SESSIONS = "/v1/sessions"
SESSION = "/v1/sessions/{id}"
JOURNEY = "/v1/sessions/{id}/journey"
FIGURES = "/v1/figures"
DEFINITIONS = "/v1/definitions"
CONTRADICTIONS = "/v1/contradictions"
EXPORTS = "/v1/export"
EXPORT = "/v1/exports/{id}"
INBOX = "/v1/inbox"
INBOX_BODY = "/v1/inbox/{id}/body"
QUARANTINE = "/v1/quarantine"
UNREADABLE = "/v1/unreadable"
DRIFT = "/v1/drift"

EVENTS = "/v1/events"
"""Answered by the sender's door, not by this room; spelled here for the pages that tell people of it."""
RECORDS = "/v1/records"
ENDPOINTS = "/v1/endpoints"
ENDPOINT = "/v1/endpoints/{id}"
ENDPOINT_PAUSE = "/v1/endpoints/{id}/pause"
ENDPOINT_RESUME = "/v1/endpoints/{id}/resume"
ENDPOINT_TEST = "/v1/endpoints/{id}/test"
ENDPOINT_KEYS = "/v1/endpoints/{id}/keys"
OUTBOX = "/v1/outbox"
OUTBOX_REDELIVER = "/v1/outbox/redeliver"
OUTBOX_ENTRY = "/v1/outbox/{id}"
OUTBOX_BODY = "/v1/outbox/{id}/body"


_VERSIONED = "/v1/"
_BESIDE = frozenset((STYLE, DOCS, OPENAPI, HEALTH, READINESS, METRICS, PUSH))


def is_of_api(path: str) -> bool:
    """Whether what is wrong at this path is told as a problem to whoever asks: programs live here, people elsewhere."""
    return path.startswith((_VERSIONED, PUSH + "/")) or path in _BESIDE


def problem(code: str) -> str:
    """Reference to what a problem code means, as `type` of a problem document."""
    return f"{DOCS}#problem-{code}"
