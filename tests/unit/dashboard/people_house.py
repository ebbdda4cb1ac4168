"""Tests of the pages of people: each runs in a house of its own, and finds things in what was answered."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable
from typing import Any

from dashboard_house import dashboard_house

ALL_TENANTS = "*"


def in_house(visit: Callable[[Any], Awaitable[None]]) -> None:
    """Run a visit in a new house."""

    async def run() -> None:
        async with dashboard_house() as house:
            await visit(house)

    asyncio.run(run())


def texts(page: str) -> str:
    """What a reader reads: without tags, as one line."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page)))


def secret_of(page: str) -> str:
    """The password or token that the page shows."""
    shown = re.search(r"<pre><code>([^<]+)</code>", page)
    assert shown is not None
    return html.unescape(shown[1])


async def users_of(house: Any) -> dict[str, Any]:
    """Every user by name."""
    return {user.name: user for user in await house.store.people.users(None)}


async def done_in(house: Any, tenant: str | None = None) -> list[tuple[str, str]]:
    """(what, to whom) of the audit, newest first, without the logins."""
    rows = await house.store.people.notes(tenant, None, 99)
    return [(row.note.what, row.note.object) for row in rows if row.note.what != "login"]
