"""The two servers of the demonstration, each a process of its own, so that one can be killed while the other goes on.

Each is held by a pipe to its standard input: when the demonstration is gone, however it went, they stop by themselves.
They have sessions of their own, so a terminal's Ctrl-C reaches the demonstration alone, which ends them in order.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from afterchat.cli.command import current_language
from afterchat.errors import OutageError
from afterchat.settings import environment_name

__all__ = ["LOOPBACK", "Server", "started"]

LOOPBACK = ("--allow-http-endpoints", "yes", "--allowed-targets", "127.0.0.1,::1")
"""What a sender needs to push to a receiver on its own machine."""

START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 40.0
"""Longer than a server drains."""
_LOOK_SECONDS = 0.05


class Server(NamedTuple):
    """A running server."""

    process: asyncio.subprocess.Process
    url: str

    async def stop(self) -> None:
        """Let it drain; end it when it takes too long."""
        process = self.process
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS_MAX)
        except TimeoutError:
            process.kill()
            await process.wait()


async def started(command: str, options: Sequence[str], ready_file: Path, store_url: str) -> Server:
    """Start `afterchat COMMAND` on a store and wait until it listens; raises OutageError when it does not.

    The store goes with the environment, because its URL may hold a password.
    """
    _forget(ready_file)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "afterchat", command, *options),
        *("--ready-file", str(ready_file), "--until-stdin-ends"),
        stdin=asyncio.subprocess.PIPE,
        env={**os.environ, "AFTERCHAT_LANGUAGE": current_language(), environment_name("store"): store_url},
        start_new_session=True,
    )
    server = Server(process, "")
    try:
        async with asyncio.timeout(START_SECONDS_MAX):
            while not (url := _url_in(ready_file)) and process.returncode is None:  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(_LOOK_SECONDS)
    except BaseException as error:
        await server.stop()
        if isinstance(error, TimeoutError):
            raise OutageError(f"`afterchat {command}` did not listen within {START_SECONDS_MAX:.0f} s") from None
        raise
    if not url:
        raise OutageError(f"`afterchat {command}` ended with code {process.returncode}; it said why above")
    return server._replace(url=url)


def _forget(ready_file: Path) -> None:
    """A file of an earlier run says nothing about this one."""
    ready_file.unlink(missing_ok=True)


def _url_in(ready_file: Path) -> str:
    """The URL that a ready file names; empty while there is none."""
    try:
        return str(json.loads(ready_file.read_text("utf-8"))["url"])
    except FileNotFoundError:
        return ""
