"""From a template and values to the bytes of a page, in one reader's language, theme, time zone and place.

    Shell(built, words).render("overview.html", view, cards=...) -> bytes

Every template has at hand: `view`, `t(key, **values)` for words, `f` for formats, `navigation`, `asset(name)`,
`needs(name)`, `unique()` for ids; a name that nobody gave is an error, never an empty place.

Rules
- What comes out of a value is escaped, in JSON as well; no template marks anything as safe.
- Templates are read once, when the shell is made.

What does not belong here: what a page shows, who may see it, cookies, answers over HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from afterchat.dashboard.built import Built
from afterchat.dashboard.formats import Formats
from afterchat.dashboard.navigation import LOGIN, LOGOUT, NAVIGATION, PAGES, PREFERENCES, local_path
from afterchat.dashboard.parts import FormField, Notice
from afterchat.dashboard.words import SCRIPT_WORDS, Speech, Words

__all__ = ["Reader", "Shell", "View", "is_web_address"]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is looking."""

    name: str
    role: str
    """The role's name in the reader's language."""
    csrf: str
    """Goes into every form that changes something."""
    pages: frozenset[str] = frozenset(PAGES)
    """Ids of the pages in their navigation."""


@dataclass(frozen=True, slots=True)
class View:
    """For whom a page is made, and where it stands."""

    language: str
    """`zh` or `en`."""
    theme: str = "auto"
    """`auto`, `light` or `dark`."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    page: str = ""
    """Id of the page in the navigation; empty outside of it."""
    address: str = "/"
    """Path and query, for coming back to."""
    reader: Reader | None = None
    as_of: int | None = None
    """Up to when the data reach, in epoch ms; None where a page shows none."""
    notices: tuple[Notice, ...] = ()
    csrf: str = ""
    """For the forms of a page nobody reads yet: the login."""

    @property
    def token(self) -> str:
        """What forms carry against forgery."""
        return self.reader.csrf if self.reader else self.csrf

    @property
    def formats(self) -> Formats:
        """How this reader's numbers are written."""
        return Formats(self.language, self.zone)


class Shell:
    """Templates and files, ready to be used from any thread."""

    def __init__(self, built: Built, words: Words) -> None:
        self._built = built
        self._words = words
        self._environment = Environment(
            loader=PackageLoader("afterchat.dashboard", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.policies["json.dumps_kwargs"] = {
            "ensure_ascii": False,
            "allow_nan": False,
            "separators": (",", ":"),
        }
        self._environment.tests["web_address"] = is_web_address
        self._environment.globals.update(
            asset=built.url,
            needs=built.needs,
            has_scripts=built.has_scripts,
            navigation=NAVIGATION,
            paths={"login": LOGIN, "logout": LOGOUT, "preferences": PREFERENCES, "start": PAGES["overview"].path},
        )
        for name in self._environment.list_templates():
            self._environment.get_template(name)  # compiled now, and not while the first reader waits

    def speech(self, language: str) -> Speech:
        """The words in that language."""
        return self._words.of(language)

    def render(self, template: str, view: View, **values: Any) -> bytes:
        """The page; raises what Jinja raises when a template and its values do not fit, which tests find."""
        numbers = count(1)
        speech = self._words.of(view.language)
        own = {
            "view": view,
            "t": speech,
            "f": view.formats,
            "back": local_path(view.address),
            "script_words": {key: speech(key) for key in SCRIPT_WORDS},
            "unique": lambda: f"u{next(numbers)}",
        }
        assert not own.keys() & values.keys(), "a value of a page may not be called like one that every page has"
        return self._environment.get_template(template).render({**values, **own}).encode("utf-8", "replace")

    def login(self, view: View, *, wanted: str, name: str = "", trouble: str = "") -> bytes:
        """The page on which one says who one is.

        `wanted` is the page to go to then, `name` was typed before, `trouble` is what was wrong with it.
        """
        t = self._words.of(view.language)
        fields = (
            FormField("name", t("login.name"), value=name, autocomplete="username", is_required=True),
            FormField("password", t("login.password"), "password", autocomplete="current-password", is_required=True),
        )
        return self.render("login.html", view, fields=fields, wanted=wanted, trouble=trouble)

    def error(self, view: View, status: int, title: str, text: str, *, action: tuple[str, str] = ("", "")) -> bytes:
        """A page that says what went wrong and what to do; `action` is a link's words and address."""
        return self.render("error.html", view, status=status, title=title, text=text, action=action)


def is_web_address(text: str) -> bool:
    """Whether a text from outside may become a link: http and https only (total)."""
    return text.startswith(("http://", "https://")) and text.isprintable() and not any(map(str.isspace, text))
