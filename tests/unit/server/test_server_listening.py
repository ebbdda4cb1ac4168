"""Opening a port, saying where it is, and draining, as both ends do it."""

from __future__ import annotations

import asyncio
import json
import logging
import socket

import pytest

from afterchat.errors import SettingsError
from afterchat.server.listening import announce, drain, edge_limits, listen, new_nonce
from afterchat.settings import read_settings


class EdgeDouble:
    """Gets the port it is told, or fails as it is told; cuts `under_way` requests when it drains."""

    def __init__(self, error=None, under_way=0):
        self._error = error
        self._under_way = under_way
        self.drained_for = None

    async def start(self, host, port):
        if self._error is not None:
            raise self._error
        return port or 40_001

    async def drain(self, seconds):
        self.drained_for = seconds
        return self._under_way


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        ("127.0.0.1", 8000, "http://127.0.0.1:8000"),
        ("127.0.0.1", 0, "http://127.0.0.1:40001"),
        ("::1", 8000, "http://[::1]:8000"),
    ],
)
def test_the_url_says_the_port_that_was_got(host, port, url):
    assert url == asyncio.run(listen(EdgeDouble(), host, port, "--port"))


@pytest.mark.parametrize("error", [OSError(98, "Address already in use"), PermissionError(13, "Permission denied")])
def test_a_port_that_cannot_be_had_is_an_error_that_names_the_option(error):
    with pytest.raises(SettingsError) as failure:
        asyncio.run(listen(EdgeDouble(error), "::1", 80, "--sender-port"))

    assert "[::1]:80" in str(failure.value)
    assert error.strerror in str(failure.value)
    assert "--sender-port" in str(failure.value)


def test_a_host_that_cannot_be_found_is_such_an_error_too():
    with pytest.raises(SettingsError, match="nowhere:80"):
        asyncio.run(listen(EdgeDouble(socket.gaierror(-2, "Name or service not known")), "nowhere", 80, "--host"))


def test_the_ready_file_says_url_and_nonce_and_nobody_else_knows_the_nonce(tmp_path):
    ready, nonce = tmp_path / "ready.json", new_nonce()
    announce(str(ready), "http://127.0.0.1:1", nonce)
    said = json.loads(ready.read_text("utf-8"))

    assert ("http://127.0.0.1:1", nonce) == (said["url"], said["nonce"])
    assert nonce != new_nonce()
    assert len(nonce) >= 32


def test_without_a_ready_file_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    announce("", "http://127.0.0.1:1", "nonce")

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["nowhere/ready.json", "file/ready.json", "folder", "null\0.json"])
def test_a_ready_file_that_cannot_be_written_is_an_error_that_names_it_and_the_option(tmp_path, name):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()

    with pytest.raises(SettingsError) as failure:
        announce(str(tmp_path / name), "http://127.0.0.1:1", "nonce")

    assert str(tmp_path / name) in str(failure.value)
    assert "--ready-file" in str(failure.value)
    assert ["file", "folder"] == sorted(path.name for path in tmp_path.iterdir())


def test_requests_that_had_to_be_cut_are_told_of(caplog):
    caplog.set_level(logging.WARNING)
    asyncio.run(drain(EdgeDouble(), 3.0))
    assert "" == caplog.text

    edge = EdgeDouble(under_way=2)
    asyncio.run(drain(edge, 3.0))
    assert (3.0, True) == (edge.drained_for, "2 requests" in caplog.text)


def test_the_edge_heeds_every_setting_that_limits_a_peer():
    chosen = {
        "header_bytes_max": 9_000,
        "request_seconds_max": 7.0,
        "idle_seconds_max": 21.0,
        "connections_max": 33,
        "connections_per_peer_max": 5,
    }
    limits = edge_limits(read_settings({}, overrides=chosen), 12_345)

    assert {**chosen, "body_bytes_max": 12_345} == {name: getattr(limits, name) for name in (*chosen, "body_bytes_max")}
