"""What a reader can reach: the tenants to choose among, and why a page has nothing to show."""

from __future__ import annotations

import asyncio

from afterchat.columns.selection import Selection
from afterchat.contract.push import DEFAULT_TENANT
from afterchat.dashboard.pages.question import PageQuestion
from afterchat.dashboard.parts import Empty
from afterchat.dashboard.visit import Visit

__all__ = ["known_tenants", "no_sessions"]


async def known_tenants(visit: Visit) -> tuple[str, ...]:
    """Names of the tenants that this reader may choose among.

    The default one is there even where its secret comes from the environment and the registry does not hold it.
    """
    if visit.tenant is not None:
        return (visit.tenant,)
    return tuple(sorted({DEFAULT_TENANT, *(tenant.name for tenant in await visit.sources.registry.tenants())}))


async def no_sessions(visit: Visit, page: PageQuestion) -> Empty:
    """Why there is nothing, and what to do about it."""
    t, snapshot = visit.t, visit.sources.reading.columns()
    if await asyncio.to_thread(snapshot.count, Selection(visit.tenant)):
        return Empty(t("empty.filtered"), t("empty.widen"), t("empty.all"), page.path + "?span=90d")
    return Empty(t("empty.new"), t("empty.new.text"), t("empty.new.action"), "/docs", t("empty.new.code"))
