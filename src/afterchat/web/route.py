"""What one route is: a line of the route table, and what its function is handed.

The router, the authorisation matrix of the tests, OpenAPI and the reference page are all drawn from such lines.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from afterchat.clock import Clock
from afterchat.store.ports import Token
from afterchat.web.auth import Access

__all__ = ["BodyField", "CallOf", "Guarding", "Parameter", "Route"]


class Guarding(Protocol):
    """What the check of a token asks of the sources of an application."""

    @property
    def tokens(self) -> Callable[[], Sequence[tuple[Token, bytes]]]:
        """Every token that was not revoked, with its sha256; asked for every request, so it must be at hand."""

    @property
    def clock(self) -> Clock:
        """Says which of them are over."""


From = TypeVar("From", bound=Guarding)


class CallOf(NamedTuple, Generic[From]):
    """One request that may be answered."""

    request: Request
    sources: From
    tenant: str | None
    """The only tenant that this reader may see; None for an operator, and on open routes."""
    token_id: str
    """Of the token that asks, for the audit; empty on open routes."""


class Parameter(NamedTuple):
    """One parameter of a route; `schema` is its JSON Schema."""

    name: str
    where: str
    """`path` or `query`."""
    schema: dict[str, Any]
    zh: str
    en: str


class BodyField(NamedTuple):
    """One member of the JSON object that a route takes; what it says is shown when it cannot be read, too."""

    name: str
    kind: Any
    """Its type, as msgspec reads it."""
    zh: str
    en: str
    is_required: bool = False


class Route(NamedTuple):
    """One line of the route table."""

    name: str
    path: str
    access: Access
    handle: Callable[[CallOf[Any]], Awaitable[Response]]
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
    method: str = "GET"
    more_media_types: tuple[str, ...] = ()
    """Others that its answer may have, where whoever asks can choose."""
    body: tuple[BodyField, ...] = ()
    """What the JSON object of a request may hold; empty where no body is read."""
