"""What one page is: a line of the page table, what its function is handed, and what it may answer.

    PageRoute -> (who is it? may they? is the form theirs?) -> Visit -> handle -> Page | Part | Goto | Response

The router, the navigation of each role and the authorisation matrix of the tests are drawn from such lines.

What does not belong here: the checks (`guard`), the table itself (`routes`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from starlette.responses import Response

from afterchat.access.audit import Actor
from afterchat.access.gate import Gate
from afterchat.access.identity import Identity
from afterchat.access.passwords import Passwords
from afterchat.access.roles import Right
from afterchat.dashboard.built import Built
from afterchat.dashboard.delivery_orders import Sending
from afterchat.dashboard.formats import Formats
from afterchat.dashboard.shell import Shell, View
from afterchat.dashboard.words import Speech
from afterchat.store.people import People
from afterchat.store.ports import Registry
from afterchat.store.views import Views
from afterchat.web.sources import Sources

__all__ = ["Answer", "Goto", "Needs", "Page", "PageRoute", "PageSources", "Part", "Visit"]


class PageSources(NamedTuple):
    """Values handed in by the composition root."""

    reading: Sources
    """What the API reads from, too."""
    registry: Registry
    people: People
    views: Views
    gate: Gate
    passwords: Passwords
    sending: Sending
    shell: Shell
    built: Built
    zone: ZoneInfo
    """Of readers who chose none."""
    is_https: bool
    """Whether browsers come over TLS: the proxy in front speaks it, we do not."""


class Needs(Enum):
    """What a page asks of whoever calls it when no right says it."""

    NOTHING = "nothing"
    """It shows no data, and changes nothing but the caller's own view."""
    LOGIN = "login"
    """Somebody who is logged in, whatever their role."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that may be answered."""

    sources: PageSources
    view: View
    identity: Identity | None
    """Never None where the route needs more than Needs.NOTHING."""
    path: str
    pairs: tuple[tuple[str, str], ...] = ()
    """The query, decoded, in order."""
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What a POST brought; its token was right."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the path by name."""
    peer: str = ""
    cookie: str = field(default="", repr=False)

    @property
    def who(self) -> Identity:
        """Whoever is logged in."""
        assert self.identity is not None, "the guard lets nobody else to this page"
        return self.identity

    @property
    def tenant(self) -> str | None:
        """The only tenant whose data this reader may see; None for all."""
        return self.who.tenant

    @property
    def actor(self) -> Actor:
        """For notes of the audit."""
        return Actor(self.who.user_id, self.who.tenant)

    @property
    def t(self) -> Speech:
        """Words in the reader's language."""
        return self.sources.shell.speech(self.view.language)

    @property
    def f(self) -> Formats:
        """How numbers are written for them."""
        return self.view.formats

    @property
    def is_chinese(self) -> bool:
        """Whether tables with both languages are read at `zh`."""
        return self.view.language == "zh"

    @property
    def now_ms(self) -> int:
        """What time it is."""
        return self.sources.reading.clock.now_ms()


class Page(NamedTuple):
    """A whole page."""

    template: str
    values: Mapping[str, Any]
    as_of: int | None = None
    """Up to when its data reach, in epoch ms."""
    status: int = 200


class Part(NamedTuple):
    """A piece of a page that follows what happens; answered with 304 while it stays the same."""

    template: str
    values: Mapping[str, Any]


class Goto(NamedTuple):
    """What follows a change: another page, and a word about what was done."""

    path: str
    done: str = ""
    """The rest of a key `done.<...>` of the words, `undone.<...>` where nothing came of it yet, or `failed.<...>`
    where nothing will; shown once, in the tone of that beginning (`guard.NOTICE_TONES`).
    """


Answer = Page | Part | Goto | Response


class PageRoute(NamedTuple):
    """One line of the page table."""

    name: str
    path: str
    needs: Right | Needs
    handle: Callable[[Visit], Awaitable[Answer]]
    page: str = ""
    """Id of the entry of the navigation that it belongs to."""
    method: str = "GET"
