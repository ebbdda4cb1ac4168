"""Answers that both ends give: whether the process serves, whether it takes anything, and JSON as such."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.responses import Response

__all__ = ["Health", "NotReady", "Readiness", "always", "json_answer"]


class Health(msgspec.Struct, frozen=True):
    """The process serves."""

    status: str
    nonce: str
    version: str


class NotReady(msgspec.Struct, frozen=True):
    """One reason why pushes are not taken."""

    code: str
    zh: str
    en: str


class Readiness(msgspec.Struct, frozen=True):
    """Whether pushes are taken: `ready` or `not_ready`, and every reason."""

    status: str
    reasons: list[NotReady]


def json_answer(answer: msgspec.Struct, status: int = 200) -> Response:
    """Compact UTF-8 JSON that nobody in between may keep."""
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return Response(msgspec.json.encode(answer), status, headers)


def always(body: bytes, media_type: str) -> Callable[[Any], Awaitable[Response]]:
    """The function of a route that always gives the same bytes."""

    async def show(_: Any) -> Response:
        return Response(body, headers={"content-type": media_type, "cache-control": "no-cache"})

    return show
