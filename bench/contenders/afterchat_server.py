"""afterchat as it is installed: `python -m afterchat serve`, with its projector process and without it.

Nothing is switched off for the benchmark: verification, deduplication, compression, limits and metrics stay on.
"""

from __future__ import annotations

from pathlib import Path

from bench.contenders.contender import SECRET, Contender

__all__ = ["RECEIVER_ALONE", "WITH_PROJECTOR"]

_ROWS = ("inbox.db", "SELECT count(*) FROM push")


def _arguments(directory: Path, ready_file: Path) -> list[str]:
    store = f"sqlite:///{directory.resolve()}"
    return [
        *("-m", "afterchat", "serve", "--host", "127.0.0.1", "--port", "0"),
        *("--store", store, "--ready-file", str(ready_file)),
    ]


WITH_PROJECTOR = Contender(
    name="afterchat",
    label="afterchat, projector keeping up",
    arguments=_arguments,
    environment={"AFTERCHAT_SECRET": SECRET, "AFTERCHAT_PROJECTOR": "process"},
    rows=_ROWS,
    rate_expected=30_000,
    has_projector=True,
)
RECEIVER_ALONE = WITH_PROJECTOR._replace(
    name="afterchat-receiver",
    label="afterchat, receiver alone",
    environment={"AFTERCHAT_SECRET": SECRET, "AFTERCHAT_PROJECTOR": "off"},
    has_projector=False,
)
