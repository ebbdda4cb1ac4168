"""An erasure as orders: what the owner of each file is to blank, and which of them comes next.

    erase_inbox -> erase_records -> erase_sender

Each of them is an order of that kind in the registry, its argument the JSON of an Erasure.
Whoever carries one out places the next before settling its own, so an erasure that was begun is finished by whoever
owns the files next, whatever was killed in between; done twice, it changes nothing the second time.

Rules
- An order holds numbers only: nothing by which the person was named, and nothing that they said.
- The inbox comes before the records: what is read of it after that is blank already.

What does not belong here: carrying them out (`server.erasure`, `projector.erasure`).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from afterchat.errors import CallerError
from afterchat.store.ports import Registry

__all__ = ["ERASE_INBOX", "ERASE_RECORDS", "ERASE_SENDER", "FILE_OF_STAGE", "Erasure", "read_erasure", "settled"]

ERASE_INBOX, ERASE_RECORDS, ERASE_SENDER = "erase_inbox", "erase_records", "erase_sender"

FILE_OF_STAGE: Mapping[str, str] = {ERASE_INBOX: "inbox", ERASE_RECORDS: "records", ERASE_SENDER: "sender"}
"""The database that each kind of order blanks, in the order in which they follow each other."""


class Erasure(msgspec.Struct, frozen=True):
    """What is to be blanked."""

    id: str
    """Of the whole erasure; drawn by who asked for it."""
    begun_at: int
    pushes: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()
    """Quarantined pushes."""
    drift: tuple[tuple[str, str, str], ...] = ()
    """Notes whose sample is the person's, as (tenant, kind, field)."""
    sent: tuple[tuple[str, int], ...] = ()
    """Sessions of the sender's, as (tenant, session)."""
    then: tuple[str, ...] = ()
    """Kinds of the orders that follow."""


def read_erasure(argument: str) -> Erasure:
    """The argument of an order; raises CallerError when it is none."""
    try:
        return msgspec.json.decode(argument, type=Erasure)
    except msgspec.MsgspecError as error:
        raise CallerError(f"the order cannot be read ({error}); erase again") from error


async def settled(erasure: Erasure, rows: int, registry: Registry, at: int) -> str:
    """Place the order that follows; what to settle this one with. Raises StoreUnavailableError."""
    if erasure.then:
        following = msgspec.structs.replace(erasure, then=erasure.then[1:])
        await registry.place_order(erasure.then[0], msgspec.json.encode(following).decode(), at)
    return str(rows)
