"""What one route is: a line of the route table, and what its function is handed.

The router, the authorisation matrix of the tests, OpenAPI and the reference page are all drawn from such lines.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from afterchat.clock import Clock
from afterchat.store.ports import Inbox, Quarantine, Records, Token
from afterchat.web.auth import Access
from afterchat.web.status import ServerStatus

__all__ = ["Call", "Endpoint", "Parameter", "Sources"]


class Sources(NamedTuple):
    """Where answers come from; values handed in by the composition root."""

    records: Records
    inbox: Inbox
    quarantine: Quarantine
    tokens: Callable[[], Sequence[tuple[Token, bytes]]]
    """Every token that was not revoked, with its sha256; asked for every request, so it must be at hand."""
    status: Callable[[], ServerStatus]
    clock: Clock


class Call(NamedTuple):
    """One request that may be answered."""

    request: Request
    sources: Sources
    tenant: str | None
    """The only tenant that this reader may see; None for an operator, and on open routes."""


class Parameter(NamedTuple):
    """One parameter of a route; `schema` is its JSON Schema."""

    name: str
    where: str
    """`path` or `query`."""
    schema: dict[str, Any]
    zh: str
    en: str


class Endpoint(NamedTuple):
    """One line of the route table."""

    name: str
    path: str
    access: Access
    handle: Callable[[Call], Awaitable[Response]]
    zh: str
    en: str
    answer: Any = None
    """The frozen class of its JSON answer, or None where `media_type` says all."""
    media_type: str = "application/json"
    parameters: tuple[Parameter, ...] = ()
    problems: tuple[str, ...] = ()
    """Codes of `problems.PROBLEMS` beside those that follow from `access`."""
    statuses: tuple[int, ...] = (200,)
    """Statuses that carry `answer`."""
