"""The errors of this room: why a page cannot be shown, for whoever asked for it; `guard` makes pages of them."""

from __future__ import annotations

from afterchat.errors import CallerError

__all__ = ["MethodError", "MissingError", "UnknownPageError"]


class MissingError(CallerError):
    """There is no such thing, or none that this reader may know of: the page says the same for both."""

    def __init__(self) -> None:
        super().__init__("there is no such page, or nothing by that id that you may see")


class UnknownPageError(CallerError):
    """No page has this address, whoever asks."""

    def __init__(self) -> None:
        super().__init__("there is no page at this address; the overview leads to all of them")


class MethodError(CallerError):
    """The page is there, and is asked for in a way that it does not answer: a form's address, opened like a page."""

    def __init__(self) -> None:
        super().__init__("this address takes another method; open the page whose form leads here")
