"""What the name of a user may be: lower-case ASCII, so that no two names look alike and none hides in a log. Pure."""

from __future__ import annotations

import re

__all__ = ["is_user_name", "login_name"]

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}", re.ASCII)


def is_user_name(name: str) -> bool:
    """Whether a user may be called so: 1 to 64 of a-z, 0-9 and . _ @ + -, beginning with a letter or digit."""
    return _NAME.fullmatch(name) is not None


def login_name(typed: str) -> str:
    """The name that somebody meant who typed this; empty for what is nobody's name. Total."""
    name = typed.strip()
    if not name.isascii():  # the sign of Kelvin, made small, is a k
        return ""
    name = name.lower()
    return name if is_user_name(name) else ""
