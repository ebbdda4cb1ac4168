"""The sums that a server publishes of the pushes it was sent, read as any monitor reads them (R16).

What does not belong here: what is stored (`reading.py`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from experiments.client import request, send_once

__all__ = ["Accounts", "read_accounts"]


class Accounts(NamedTuple):
    """What the server says became of the pushes whose head it read (R16)."""

    begun: int
    new: int
    balance: int
    """Begun less accepted, refused, aborted and in flight; nothing may be missing."""


async def read_accounts(port: int) -> Accounts:
    """The sums of `/metrics`."""
    page = (await send_once(port, request("GET", "/metrics"))).body.decode()
    values = {name: float(value) for name, value in re.findall(r"^(afterchat_pushes_\S+) (\S+)$", page, re.MULTILINE)}
    settled = ("accepted_total", "refused_total", "aborted_total", "in_flight")
    begun = values["afterchat_pushes_begun_total"]
    ended = sum(value for name, value in values.items() if name.removeprefix("afterchat_pushes_").startswith(settled))
    return Accounts(int(begun), int(values['afterchat_pushes_accepted_total{outcome="new"}']), int(begun - ended))
