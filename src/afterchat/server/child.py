"""The projector as a process of its own: started, watched, started again, and never left behind.

It runs beside the receiver so that decoding and indexing never hold up an acknowledgement.
The child reads its standard input only to notice its end: when this process is gone, however it went, the pipe closes
and the child stops by itself, so that the next server finds the records unlocked.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence

__all__ = ["ProjectorProcess"]

_LOG = logging.getLogger(__name__)

_RESTART_SECONDS = (0.2, 1.0, 5.0)
"""Waits before starting it again; the last one repeats. The inbox loses nothing meanwhile, only the records lag."""

_STOP_SECONDS = 10.0
"""One batch takes well under a second; beyond this it is ended."""


class ProjectorProcess:
    """Keeps `afterchat projector` running on one store."""

    def __init__(self, store_url: str, log_level: str) -> None:
        self._arguments: Sequence[str] = (
            *(sys.executable, "-m", "afterchat", "projector"),
            *("--store", store_url, "--log-level", log_level, "--until-stdin-ends"),
        )
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
                _LOG.error("the projector %s and is started again in %.1f s", why, wait_seconds)
                await asyncio.sleep(wait_seconds)
        finally:
            await self._stop()

    async def _run_once(self) -> str:
        """Start it and wait for its end; what became of it. A machine out of processes must not end the receiver."""
        try:
            self._process = await asyncio.create_subprocess_exec(*self._arguments, stdin=asyncio.subprocess.PIPE)
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
            _LOG.warning(
                "the projector did not stop within %.0f s and is ended; it goes on from its cursor", _STOP_SECONDS
            )
            process.kill()
            await process.wait()
