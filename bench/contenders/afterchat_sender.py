"""afterchat's sending end as it is installed: `python -m afterchat sender`; loopback is opened to it, nothing else.

The attempt log, the limits and the metrics stay on; `bench.outgoing` makes the store that it runs on.
"""

from __future__ import annotations

from pathlib import Path

from bench.contenders.contender import Contender

__all__ = ["SENDER", "SENDER_SETTINGS"]

SENDER_SETTINGS = {
    "AFTERCHAT_ALLOW_HTTP_ENDPOINTS": "yes",
    "AFTERCHAT_ALLOWED_TARGETS": "127.0.0.1",
    "AFTERCHAT_LOG_LEVEL": "error",
    "AFTERCHAT_DRAIN_SECONDS": "1",
}


def _arguments(directory: Path, ready_file: Path) -> list[str]:
    store = f"sqlite:///{directory.resolve()}"
    return [
        *("-m", "afterchat", "sender", "--host", "127.0.0.1", "--port", "0"),
        *("--store", store, "--ready-file", str(ready_file)),
    ]


SENDER = Contender(
    name="afterchat-sender",
    label="afterchat, the sending end",
    arguments=_arguments,
    environment=SENDER_SETTINGS,
    rows=("sender.db", "SELECT count(*) FROM entry WHERE state = 'delivered'"),
    rate_expected=0,
)
