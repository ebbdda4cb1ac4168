"""The errors of this room: why a page cannot be shown, for whoever asked for it."""

from __future__ import annotations

from afterchat.errors import CallerError

__all__ = ["MissingError"]


class MissingError(CallerError):
    """There is no such thing, or none that this reader may know of: the page says the same for both."""

    def __init__(self) -> None:
        super().__init__("there is no such page, or nothing by that id that you may see")
