"""A platform that embeds the sending end: the events of a session go in, its signed push goes out.

Usage, beside the folder of the store: .venv/bin/python examples/send.py
"""

import asyncio

from afterchat.engine import SessionClosed, SessionOpened, StaffAssigned, StaffWrote, VisitorWrote
from afterchat.server.embedded import running_sender

STORE, AT = "sqlite:///afterchat-data", 1_767_225_600_000
HERE = {"allowed_targets": "127.0.0.1", "allow_http_endpoints": "yes"}


async def main() -> None:
    async with running_sender(STORE, **HERE) as sender:
        verdicts = await sender.hand_in(
            "default",
            [
                SessionOpened(id="a1", session=1001, at=AT, kind="person", from_type="web"),
                StaffAssigned(id="a2", session=1001, at=AT + 2_000, staff_id=5, staff_name="小林"),
                VisitorWrote(id="a3", session=1001, at=AT + 4_000),
                StaffWrote(id="a4", session=1001, at=AT + 9_000),
                SessionClosed(id="a5", session=1001, at=AT + 60_000, close_reason=0),
            ],
        )
        print([verdict.verdict for verdict in verdicts])
        await sender.settled()


asyncio.run(main())
