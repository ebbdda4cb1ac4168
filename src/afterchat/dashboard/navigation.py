"""Where the pages are: paths, the order in the navigation, the key that leads there.

The only place of this room where a path is spelled; names of pages stand in `words` under `nav.<id>`.
Who may see which page is decided elsewhere (`Reader.pages`).
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["LOGIN", "LOGOUT", "NAVIGATION", "PAGES", "PREFERENCES", "START", "STATIC", "Page", "Section", "local_path"]

LOGIN = "/login"
LOGOUT = "/logout"
PREFERENCES = "/preferences"
"""POST of `language`, `theme` or `zone`, with `back`; sets a cookie."""
START = "/"
STATIC = "/static/"


class Page(NamedTuple):
    """One entry of the navigation."""

    id: str
    path: str
    icon: str
    """Name of a drawing in `macros.html`."""
    key: str
    """`g` and this letter lead there."""


class Section(NamedTuple):
    """Entries that belong together; named `nav.<id>` in `words`."""

    id: str
    pages: tuple[Page, ...]


NAVIGATION = (
    Section(
        "insight",
        (
            Page("overview", "/overview", "overview", "o"),
            Page("sessions", "/sessions", "sessions", "s"),
            Page("staff", "/staff", "staff", "f"),
            Page("satisfaction", "/satisfaction", "satisfaction", "e"),
            Page("queue", "/queue", "queue", "q"),
            Page("robot", "/robot", "robot", "r"),
            Page("channels", "/channels", "channels", "c"),
        ),
    ),
    Section(
        "running",
        (Page("deliveries", "/deliveries", "deliveries", "d"), Page("health", "/health", "health", "h")),
    ),
    Section(
        "about",
        (
            Page("definitions", "/definitions", "definitions", "n"),
            Page("people", "/people", "people", "p"),
            Page("account", "/account", "account", "a"),
        ),
    ),
)
PAGES = {page.id: page for section in NAVIGATION for page in section.pages}


def local_path(text: str) -> str:
    """`text` if it leads to a page of this server, else the overview: nobody is sent elsewhere by a form (total)."""
    is_local = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if is_local and text.isprintable() and text.isascii() else PAGES["overview"].path
