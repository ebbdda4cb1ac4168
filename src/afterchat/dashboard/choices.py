"""What a person chose of language, theme and time zone: three cookies that hold one of the allowed, or count as none.

    afterchat_language    zh or en            else what the browser asks for
    afterchat_theme       auto, light, dark   else auto
    afterchat_zone        an IANA zone        else the zone of the settings

They are no secrets: a script may read them, they live for a year, and the login session is another cookie (`access`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from afterchat.errors import FilterError
from afterchat.query.spans import read_zone

__all__ = ["CHOICES", "Choices", "choice_cookie", "read_choices"]

CHOICES = MappingProxyType({"language": ("zh", "en"), "theme": ("auto", "light", "dark")})
"""What may be chosen; the zone is any that exists."""

_PREFIX = "afterchat_"
_YEAR_SECONDS = 31_536_000
_HEADER_CHARACTERS_MAX = 8_192


class Choices(NamedTuple):
    """What a person chose; None where nothing was."""

    language: str | None = None
    theme: str | None = None
    zone: ZoneInfo | None = None


def read_choices(cookie_headers: Sequence[str]) -> Choices:
    """The choices in the `Cookie` headers of a request (total)."""
    text = ";".join(cookie_headers)
    if len(text) > _HEADER_CHARACTERS_MAX:
        return Choices()
    cookies: dict[str, str] = {}
    for pair in text.split(";"):
        name, _, value = pair.strip().partition("=")
        cookies.setdefault(name, value)
    return _allowed({name: cookies.get(_PREFIX + name, "") for name in (*CHOICES, "zone")})


def choice_cookie(name: str, value: str, *, is_secure: bool) -> str | None:
    """The `Set-Cookie` that remembers a choice; None for what nobody can choose (total)."""
    if getattr(_allowed({name: value}), name, None) is None:
        return None
    return f"{_PREFIX}{name}={value}; Path=/; SameSite=Lax; Max-Age={_YEAR_SECONDS}{'; Secure' if is_secure else ''}"


def _allowed(values: Mapping[str, str]) -> Choices:
    kept = {name: value for name, value in values.items() if value in CHOICES.get(name, ())}
    return Choices(**kept, zone=_zone(values.get("zone", "")))


def _zone(name: str) -> ZoneInfo | None:
    try:
        return read_zone(name) if name else None
    except FilterError:
        return None
