"""Fixtures of the tests that meet a live `afterchat serve`."""

from __future__ import annotations

import pytest
from live_server import LiveServer


@pytest.fixture
def live_server(tmp_path):
    """Start servers with `live_server(secret, setting="value")`; all are ended when the test is."""
    started = []

    def start(secret: str, **settings: str) -> LiveServer:
        server = LiveServer(tmp_path, secret, **settings)
        started.append(server)
        return server

    yield start
    for server in started:
        server.kill()
