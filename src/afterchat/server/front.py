"""What the server that takes pushes answers itself, and what it passes on to the dashboard's process.

Whether it lives, whether it takes pushes, and its counters are answered here, also while the dashboard is away.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from afterchat.edge.remote import remote_application
from afterchat.web.away import away_application
from afterchat.web.front_app import OWN_PATHS

__all__ = ["front_application"]

_WAIT_SECONDS_MAX = 15.0
"""Longer than a dashboard with a million sessions takes to start; a request waits that long for its first answer."""


def front_application(own: ASGIApp, socket: Path | None) -> ASGIApp:
    """`own` for OWN_PATHS, and the dashboard behind `socket` for the rest; without one the rest is `own`'s, too."""
    if socket is None:
        return own
    passed_on: Any = remote_application(socket, away_application(), wait_seconds_max=_WAIT_SECONDS_MAX)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await (own if scope["path"] in OWN_PATHS else passed_on)(scope, receive, send)

    return answer
