"""The projector's process stops by the order it was told to listen to, and by no other."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest

from afterchat.clock import SystemClock
from afterchat.errors import StoreLockedError
from afterchat.server import project, standing_by
from afterchat.store.open import open_store

SECONDS_MAX = 30


@pytest.fixture
def url(tmp_path):
    """A store whose inbox a server has made."""
    made = f"sqlite:///{tmp_path / 's'}"

    async def make():
        await (await open_store(made, frozenset({"inbox"}))).close()

    asyncio.run(make())
    return made


@pytest.fixture
def projector(tmp_path, url):
    started = []

    def start(*options):
        process = subprocess.Popen(
            [sys.executable, "-m", "afterchat", "projector", "--store", url, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        started.append(process)
        wait_for(tmp_path / "s" / "records.db")
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_for(path):
    give_up_at = time.monotonic() + SECONDS_MAX
    while not path.exists():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_alone_it_stops_with_a_signal_and_never_with_its_standard_input(projector, number):
    process = projector()
    process.stdin.close()
    process.stdin = None
    process.send_signal(number)

    assert (0, b"") == (process.wait(SECONDS_MAX), process.stderr.read())


def test_beside_a_server_it_stops_with_its_standard_input_and_never_with_a_signal(projector):
    process = projector("--until-stdin-ends")
    for number in (signal.SIGTERM, signal.SIGINT):
        process.send_signal(number)
    os.write(process.stdin.fileno(), b"?")
    assert process.poll() is None
    process.stdin.close()
    process.stdin = None

    assert (0, b"") == (process.wait(SECONDS_MAX), process.stderr.read())


def test_records_of_a_predecessor_that_does_not_end_are_given_up_with_the_reason(url, monkeypatch):
    monkeypatch.setattr(standing_by, "_LOCK_SECONDS_MAX", 0.2)

    async def main():
        predecessor = await open_store(url, frozenset({"records"}))
        try:
            with pytest.raises(StoreLockedError):
                await project.project_until_stopped(url, SystemClock(), once=True, until_stdin_ends=False)
        finally:
            await predecessor.close()
        await project.project_until_stopped(url, SystemClock(), once=True, until_stdin_ends=False)

    asyncio.run(main())
