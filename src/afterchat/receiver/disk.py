"""The free space of the store's disk, looked at once a second, so that a push never has to ask."""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path

__all__ = ["DiskWatch"]

_LOG = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0


class DiskWatch:
    """Whether the store's disk is under its watermark; an in-memory store never is."""

    def __init__(self, directory: Path | None, free_bytes_min: int) -> None:
        self._directory = directory
        self._free_bytes_min = free_bytes_min
        self.is_low = False
        self.free_bytes = 0
        self.look()

    def look(self) -> None:
        """Read the free space once; a disk that cannot be asked counts as low."""
        if self._directory is None:
            return
        was_low = self.is_low
        try:
            self.free_bytes = shutil.disk_usage(self._directory).free
        except OSError as error:
            _LOG.warning("the free space of the store's disk cannot be read: %s", error)
            self.free_bytes = 0
        self.is_low = self.free_bytes < self._free_bytes_min
        if self.is_low and not was_low:
            _LOG.error(
                "the store's disk has %d bytes free, under the watermark of %d: pushes get 503 until there is room",
                self.free_bytes,
                self._free_bytes_min,
            )

    async def run(self) -> None:
        """Look once a second until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self.look()
