"""The menu of saved views: those that the reader has or was given, and the form that keeps what is shown as one more.

It stands on every page with filters; views of this page come first, the others lead to their page.

Rules
- A link asks what was saved: a named span stays a name.
- A view of another tenant's user opens for a reader of all tenants with that tenant, as its owner sees it.
- What others share is listed where the reader may ask it, so that no address tells them of a tenant that is not theirs,
  or a value that their role sees masked; one's own is listed always.

What does not belong here: what becomes of the forms (`views`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from afterchat.access.roles import Right
from afterchat.dashboard.errors import MissingError
from afterchat.dashboard.navigation import NAVIGATION
from afterchat.dashboard.pages.order import ORDER
from afterchat.dashboard.pages.people_parts import Faults, with_fault
from afterchat.dashboard.pages.question import Pairs, address, read_page_question
from afterchat.dashboard.parts import FormField
from afterchat.dashboard.visit import Visit
from afterchat.errors import FilterError
from afterchat.store.views import VIEW_NAME_CHARACTERS_MAX, SavedView

__all__ = ["VIEWS", "VIEW_PAGES", "ViewGroup", "ViewLink", "ViewMenu", "may_remove", "view_menu", "view_pairs"]

VIEWS = "/views"
VIEW_PAGES = {page.path: page.id for section in NAVIGATION if section.id == "insight" for page in section.pages}
"""Path -> id of the pages with filters."""
SHARED_COUNT_MAX = 100
"""Of views that others share: more is no list that anybody reads."""
_TYPED_CHARACTERS_MAX = 200


class ViewLink(NamedTuple):
    """One view."""

    name: str
    href: str
    note: str
    """Its page where that is another one, and whose it is."""
    is_current: bool
    remove_action: str
    """Where the form that deletes it goes; empty for whoever may not."""
    remove_label: str
    remove_question: str


class ViewGroup(NamedTuple):
    """Views of this page, or of the others."""

    title: str
    links: tuple[ViewLink, ...]


class ViewMenu(NamedTuple):
    """Everything that the menu shows."""

    label: str
    is_named: bool
    """Whether what is shown is a view; then the label says which."""
    groups: tuple[ViewGroup, ...]
    note: str
    fields: tuple[FormField, ...]
    action: str
    back: str
    """The page where all this stands."""


async def view_menu(visit: Visit, path: str, pairs: Pairs, faults: Faults | None = None) -> ViewMenu:
    """The menu on the page of that path, which asks those pairs; `faults` are of the form that was sent."""
    t, here = visit.t, address(path, pairs)
    found = await visit.sources.views.views(visit.who.user_id, visit.tenant, SHARED_COUNT_MAX + 1)
    own = [one for one in found if _is_own(visit, one)]
    shared = [one for one in found if not _is_own(visit, one)]
    asked = [(one, view_pairs(one.query)) for one in (*own, *shared[:SHARED_COUNT_MAX])]
    listed = [(one, _href(visit, one, about)) for one, about in asked if _is_for(visit, one, about)]
    shown = next((one for one, href in listed if href == here), None)
    groups = (
        ViewGroup(t("views.here"), _links(visit, [one for one in listed if one[0].page == path], path, here)),
        ViewGroup(t("views.elsewhere"), _links(visit, [one for one in listed if one[0].page != path], path, here)),
    )
    return ViewMenu(
        t("views.title") if shown is None else t("views.named", name=shown.name),
        shown is not None,
        tuple(group for group in groups if group.links),
        t("views.more", count=visit.f.count(SHARED_COUNT_MAX)) if len(shared) > SHARED_COUNT_MAX else "",
        _fields(visit, path, pairs, shown if shown in own else None, faults or {}),
        VIEWS,
        here,
    )


def view_pairs(query: str) -> Pairs:
    """The pairs of a query that was kept, or sent."""
    return tuple(parse_qsl(query, keep_blank_values=True))


def may_remove(visit: Visit, view: SavedView) -> bool:
    """Its owner, and of shared ones whoever manages the owner."""
    if _is_own(visit, view):
        return True
    return view.is_shared and visit.who.may(Right.MANAGE) and visit.tenant in {None, view.owner_tenant}


def _is_own(visit: Visit, view: SavedView) -> bool:
    return view.owner_id == visit.who.user_id


def _is_for(visit: Visit, view: SavedView, pairs: Pairs) -> bool:
    """Whether a view is listed: one's own, and what others share where its page would answer this reader."""
    if _is_own(visit, view):
        return True
    asked = tuple(pair for pair in pairs if pair[0] != ORDER)
    try:
        read_page_question(replace(visit, pairs=asked), view.page)
    except (FilterError, MissingError):
        return False
    return True


def _href(visit: Visit, view: SavedView, pairs: Pairs) -> str:
    if visit.tenant is None and view.owner_tenant is not None and all(name != "tenant" for name, _ in pairs):
        pairs = (("tenant", view.owner_tenant), *pairs)
    return address(view.page, pairs)


def _links(visit: Visit, listed: Sequence[tuple[SavedView, str]], path: str, here: str) -> tuple[ViewLink, ...]:
    """Views with their addresses as they are shown, by name."""
    ordered = sorted(listed, key=lambda one: (one[0].name.casefold(), one[0].name, one[0].owner_name))
    return tuple(_link(visit, view, href, path, here) for view, href in ordered)


def _link(visit: Visit, view: SavedView, href: str, path: str, here: str) -> ViewLink:
    t = visit.t
    page = VIEW_PAGES.get(view.page)
    notes = ("" if view.page == path or page is None else t(f"nav.{page}"), _whose(visit, view))
    return ViewLink(
        view.name,
        href,
        " · ".join(filter(None, notes)),
        href == here,
        f"{VIEWS}/{view.id}/delete" if may_remove(visit, view) else "",
        t("views.remove", name=view.name),
        t("views.remove.shared") if view.is_shared else t("views.remove.own"),
    )


def _whose(visit: Visit, view: SavedView) -> str:
    if _is_own(visit, view):
        return visit.t("views.shared") if view.is_shared else ""
    if visit.tenant is None and view.owner_tenant is not None:
        return visit.t("views.by_of", owner=view.owner_name, tenant=view.owner_tenant)
    return visit.t("views.by", owner=view.owner_name)


def _fields(visit: Visit, path: str, pairs: Pairs, shown: SavedView | None, faults: Faults) -> tuple[FormField, ...]:
    """The form: with what was typed where that was refused, else with the view of theirs that is shown."""
    t, typed = visit.t, visit.form
    name = typed.get("name", "" if shown is None else shown.name)[:_TYPED_CHARACTERS_MAX]
    is_shared = "shared" in typed if typed else shown is not None and shown.is_shared
    share = t("views.share.all") if visit.tenant is None else t("views.share.tenant", tenant=visit.tenant)
    fields = (
        FormField("page", "page", "hidden", path),
        FormField("query", "query", "hidden", urlencode(pairs)),
        FormField(
            "name",
            t("views.name"),
            value=name,
            hint=t("views.name.hint"),
            autocomplete="off",
            is_required=True,
            characters_max=VIEW_NAME_CHARACTERS_MAX,
        ),
        FormField("shared", share, "checkbox", "1" if is_shared else ""),
    )
    return tuple(with_fault(field, faults) for field in fields)
