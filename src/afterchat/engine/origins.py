"""Where a session came from: the session before it in its journey, and what was handed over with it.

A journey is robot -> person -> transfers; each session names the one before it, by an Origin in `SessionOpened`.
The session before names the one after it, in HandedToPerson, TransferredAway, TakenOver or SuccessorNamed.
Attributes that end up in a field of the record carry that field's name.
"""

from __future__ import annotations

from typing import Annotated

from afterchat.contract.vocabulary import CODED_SETS
from afterchat.engine.checks import Check, Checked, flag, number, one_of, text

__all__ = ["FromHistory", "FromRobot", "FromTakeOver", "FromTransfer", "Origin", "hand_over_kind"]

NAME_CHARS_MAX = 200
TRANSFER_REMARKS_CHARS_MAX = 500


def hand_over_kind() -> Check:
    """One of the eight kinds of hand-over, in the vendor's words."""
    return one_of(*(value for value in CODED_SETS["transferRgType"].labels if value))


class FromRobot(Checked, frozen=True, kw_only=True):
    """The robot's session handed the visitor to a person."""

    session: Annotated[int, number(1)]
    transfer_rg_type: Annotated[str, hand_over_kind()]


class FromHistory(Checked, frozen=True, kw_only=True):
    """Somebody opened it out of an earlier session, by hand."""

    session: Annotated[int, number(1)]


class FromTransfer(Checked, frozen=True, kw_only=True):
    """Staff, or the system when staff stayed silent, moved the visitor on."""

    session: Annotated[int, number(1)]
    transfer_from_staff_name: Annotated[str, text(NAME_CHARS_MAX)] = ""
    transfer_from_group: Annotated[str, text(NAME_CHARS_MAX)] = ""
    transfer_remarks: Annotated[str, text(TRANSFER_REMARKS_CHARS_MAX)] = ""
    is_silent: Annotated[bool, flag()] = False
    """Whether the system moved the visitor because staff stayed silent."""


class FromTakeOver(Checked, frozen=True, kw_only=True):
    """An admin or another staff took the visitor over."""

    session: Annotated[int, number(1)]


Origin = FromRobot | FromHistory | FromTransfer | FromTakeOver
