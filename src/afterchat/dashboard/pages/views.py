"""What becomes of the forms of saved views: one is kept, replaced, shared, deleted.

    /views               keeps what a page shows under a name
    /views/{id}/delete   deletes one

Rules
- Saving under a name that one has replaces, and asks nothing; what is not shared any more is gone for others at once.
- What cannot be saved comes back as a page that says why, with what was typed, and with the views that could make room.
- Whether a query can be read is not asked here: the page it leads to says it, today and after any upgrade.

What does not belong here: which views a reader sees (`view_menu`).
"""

from __future__ import annotations

import re
from unicodedata import normalize
from urllib.parse import urlencode

from afterchat.access.audit import noted
from afterchat.access.roles import Right
from afterchat.dashboard.errors import MissingError
from afterchat.dashboard.navigation import local_path
from afterchat.dashboard.pages.question import Pairs, address
from afterchat.dashboard.pages.view_menu import VIEW_PAGES, VIEWS, may_remove, view_menu, view_pairs
from afterchat.dashboard.visit import Answer, Goto, Page, PageRoute, Visit
from afterchat.store.views import VIEW_NAME_CHARACTERS_MAX, VIEW_QUERY_CHARACTERS_MAX, VIEWS_MAX, ViewDraft

__all__ = ["ROUTES"]

_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_PASSING = frozenset({"cursor", "done"})
"""Parameters that say where one is, not what is asked."""


async def _save(visit: Visit) -> Answer:
    path, is_shared = visit.form.get("page", ""), visit.form.get("shared") == "1"
    if path not in VIEW_PAGES:
        raise MissingError
    pairs = tuple(pair for pair in view_pairs(visit.form.get("query", "")) if pair[0] not in _PASSING)
    query, name = urlencode(pairs), _name(visit.form.get("name", ""))
    if not name:
        return await _refused(visit, path, pairs, visit.t("views.fault.name", characters=VIEW_NAME_CHARACTERS_MAX))
    if len(query) > VIEW_QUERY_CHARACTERS_MAX:
        length, most = visit.f.count(len(query)), visit.f.count(VIEW_QUERY_CHARACTERS_MAX)
        return await _refused(visit, path, pairs, visit.t("views.fault.query", length=length, characters=most))
    draft = ViewDraft(visit.who.user_id, name, path, query, is_shared, visit.now_ms)
    note = noted(
        visit.actor, visit.now_ms, "view.share" if is_shared else "view.save", "", visit.tenant, page=VIEW_PAGES[path]
    )
    if not await visit.sources.views.save_view(draft, note):
        return await _refused(visit, path, pairs, visit.t("views.fault.full", count=visit.f.count(VIEWS_MAX)))
    return Goto(address(path, pairs), "view_shared" if is_shared else "view_saved")


async def _remove(visit: Visit) -> Answer:
    text, views = visit.values["id"], visit.sources.views
    view = await views.view(int(text)) if _ID.fullmatch(text) else None
    if view is None or not may_remove(visit, view):
        raise MissingError
    note = noted(
        visit.actor,
        visit.now_ms,
        "view.remove",
        str(view.id),
        view.owner_tenant,
        owner=view.owner_id,
        page=VIEW_PAGES.get(view.page, ""),
    )
    await views.remove_view(view.id, note)
    return Goto(local_path(visit.form.get("back", "")), "view_removed")


async def _refused(visit: Visit, path: str, pairs: Pairs, why: str) -> Page:
    return Page("view_save.html", {"views": await view_menu(visit, path, pairs, {"name": why})}, status=400)


def _name(typed: str) -> str:
    """A name as it is kept: no blanks around it, one between words; empty for what cannot be one (total)."""
    name = " ".join(normalize("NFC", typed).split())
    return name if name.isprintable() and len(name) <= VIEW_NAME_CHARACTERS_MAX else ""


ROUTES: tuple[PageRoute, ...] = (
    PageRoute("view_save", VIEWS, Right.SEE_MASKED, _save, method="POST"),
    PageRoute("view_remove", f"{VIEWS}/{{id}}/delete", Right.SEE_MASKED, _remove, method="POST"),
)
