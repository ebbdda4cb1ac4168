"""How a harness knows that it talks to the server it started, and not to a stranger's.

The file is written whole or not at all: a reader never sees half of it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

__all__ = ["write_ready_file"]


def write_ready_file(path: Path, url: str, nonce: str) -> None:
    """Put `{"url","pid","nonce"}` into `path`; the same nonce is answered by `/healthz`. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(json.dumps({"url": url, "pid": os.getpid(), "nonce": nonce}) + "\n", "utf-8")
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
