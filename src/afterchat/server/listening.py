"""What every server of this program does alike: open files, a port, a nonce, a ready file, and draining.

The receiving end (`serve`) and the sending end (`sending`) are composed from these.
"""

from __future__ import annotations

import contextlib
import logging
import resource
import secrets
from pathlib import Path

from afterchat.edge.limits import Limits
from afterchat.edge.server import EdgeServer
from afterchat.errors import SettingsError
from afterchat.server.ready import write_ready_file
from afterchat.settings import Settings

__all__ = ["allow_open_files", "announce", "drain", "edge_limits", "listen", "new_nonce"]

_LOG = logging.getLogger(__name__)

_NONCE_BYTES = 16


def allow_open_files() -> None:
    """Raise the soft limit to the hard one: every connection is an open file, and the usual soft limit is 1024."""
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def new_nonce() -> str:
    """Random text of this process, in its ready file and at `/healthz`."""
    return secrets.token_hex(_NONCE_BYTES)


async def listen(edge: EdgeServer, host: str, port: int, option: str) -> str:
    """Open the port; the URL. Raises SettingsError that names `option` when the address cannot be had."""
    try:
        taken = await edge.start(host, port)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {_authority(host, port)} ({error.strerror or error}): "
            f"end what uses that port, or choose another with {option}"
        ) from error
    return f"http://{_authority(host, taken)}"


def announce(ready_file: str, url: str, nonce: str) -> None:
    """Write the ready file, if one is wanted; raises SettingsError when it cannot be written."""
    if not ready_file:
        return
    try:
        write_ready_file(Path(ready_file), url, nonce)
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"the ready file {ready_file} cannot be written ({getattr(error, 'strerror', None) or error}): "
            "name a file in a folder that this user may write with --ready-file"
        ) from error


async def drain(edge: EdgeServer, seconds: float) -> None:
    """Let requests under way get their answers, at most so long."""
    aborted = await edge.drain(seconds)
    if aborted:
        _LOG.warning("%d requests were still under way after %.0f s and were cut", aborted, seconds)


def edge_limits(settings: Settings, body_bytes_max: int) -> Limits:
    """What the edge allows a peer."""
    return Limits(
        body_bytes_max=body_bytes_max,
        header_bytes_max=settings.header_bytes_max,
        request_seconds_max=settings.request_seconds_max,
        idle_seconds_max=settings.idle_seconds_max,
        connections_max=settings.connections_max,
        connections_per_peer_max=settings.connections_per_peer_max,
    )


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
