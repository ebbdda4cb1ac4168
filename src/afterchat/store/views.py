"""The port of saved views: filters of a page that somebody gave a name; and the frozen data that crosses it.

The same rules as for `people`: a change and its line in the audit are one transaction, moments are epoch milliseconds.

Rules
- A view belongs to one user, goes with them, and its name is theirs alone: saving under it again replaces.
- Shared is shared with everybody of the owner's tenant, or with everybody where the owner is of all tenants.
- Page and query are kept as they came; what they mean is asked when the view is opened.

What does not belong here: which pages have views, who may delete whose (`dashboard`).
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from afterchat.store.people import AuditNote

__all__ = ["VIEWS_MAX", "VIEW_NAME_CHARACTERS_MAX", "VIEW_QUERY_CHARACTERS_MAX", "SavedView", "ViewDraft", "Views"]

VIEWS_MAX = 50
"""Of one user: a list that is still read, not searched."""
VIEW_NAME_CHARACTERS_MAX = 60
VIEW_QUERY_CHARACTERS_MAX = 2048
"""What proxies and mail programs still take as an address."""


class ViewDraft(NamedTuple):
    """What somebody wants to keep."""

    user_id: str
    name: str
    page: str
    """Path of the page."""
    query: str
    """Its query as the page writes it, without the `?`."""
    is_shared: bool
    saved_at: int


class SavedView(NamedTuple):
    """A view as it is kept, with its owner as they are now."""

    id: int
    """Never used twice; stays when the view is replaced, and stands in the audit."""
    owner_id: str
    owner_name: str
    owner_tenant: str | None
    name: str
    page: str
    query: str
    is_shared: bool
    saved_at: int


class Views(Protocol):
    """Saved views."""

    async def views(self, user_id: str, tenant: str | None, shared_count_max: int) -> tuple[SavedView, ...]:
        """By name: the user's own, then as many of those that others share with them.

        Shared with a user of `tenant` are views of that tenant's and of all tenants' users; with one of all tenants
        (None), every shared view.
        """

    async def view(self, view_id: int) -> SavedView | None:
        """One of them, whoever's."""

    async def save_view(self, draft: ViewDraft, note: AuditNote) -> bool:
        """Keep it, in the place of the user's view of that name; False when they have VIEWS_MAX others already.

        The view's id is filled in as the note's object.
        Raises NotFoundError when the user is gone.
        """

    async def remove_view(self, view_id: int, note: AuditNote) -> None:
        """Forget it; raises NotFoundError."""
