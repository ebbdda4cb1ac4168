"""The processes beside a server, each started, watched, started again, and never left behind.

    projector   reads the inbox, so that decoding and indexing never hold up an acknowledgement
    dashboard   answers every page and query, for the same reason

A child reads its standard input only to notice its end: when this process is gone, however it went, the pipe closes
and the child stops by itself, so that the next server finds what it held unlocked.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from afterchat.settings import Settings, environment_name

__all__ = ["Beside", "ChildProcess", "dashboard_process", "projector_process"]

_LOG = logging.getLogger(__name__)

_RESTART_SECONDS = (0.2, 1.0, 5.0)
"""Waits before starting it again; the last one repeats. Nothing is lost meanwhile: the child goes on where it was."""

_STOP_SECONDS = 10.0
"""One batch, or one page, takes well under a second; beyond this it is ended."""


def projector_process(settings: Settings) -> ChildProcess:
    """The projector of this store."""
    return ChildProcess("projector", ("projector", *_shared(settings)), settings.store)


def dashboard_process(settings: Settings, socket: Path) -> ChildProcess:
    """The dashboard of this store, answering what is passed on through `socket`."""
    return ChildProcess("dashboard", ("dashboard", *_shared(settings), "--socket", str(socket)), settings.store)


def _shared(settings: Settings) -> tuple[str, ...]:
    return ("--log-level", settings.log_level, "--until-stdin-ends")


class ChildProcess:
    """Keeps `afterchat <arguments>` running on a store; `name` is what the log calls it.

    The store goes with the environment: its URL may hold a password, and arguments are shown to everybody.
    """

    def __init__(self, name: str, arguments: Sequence[str], store_url: str) -> None:
        self._name = name
        self._environment = {**os.environ, environment_name("store"): store_url}
        self._arguments: Sequence[str] = (sys.executable, "-m", "afterchat", *arguments)
        self._process: asyncio.subprocess.Process | None = None
        self.restarts = 0
        """How often it ended without being asked to."""

    @property
    def is_running(self) -> bool:
        """False between an unexpected end and the next start."""
        return self._process is not None and self._process.returncode is None

    async def run(self) -> None:
        """Keep it running until cancelled, then stop it."""
        try:
            while True:
                why = await self._run_once()
                wait_seconds = _RESTART_SECONDS[min(self.restarts, len(_RESTART_SECONDS) - 1)]
                self.restarts += 1
                _LOG.error("the %s %s and is started again in %.1f s", self._name, why, wait_seconds)
                await asyncio.sleep(wait_seconds)
        finally:
            await self._stop()

    async def _run_once(self) -> str:
        """Start it and wait for its end; what became of it. A machine out of processes must not end the receiver."""
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._arguments, stdin=asyncio.subprocess.PIPE, env=self._environment
            )
        except OSError as error:
            return f"could not be started ({error.strerror or error})"
        return f"ended with code {await self._process.wait()}"

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None, "started with a pipe"
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except TimeoutError:
            _LOG.warning("the %s did not stop within %.0f s and is ended; it loses nothing", self._name, _STOP_SECONDS)
            process.kill()
            await process.wait()


class Beside(NamedTuple):
    """The processes beside a receiving end; None where the settings say that there is none."""

    projector: ChildProcess | None
    dashboard: ChildProcess | None
