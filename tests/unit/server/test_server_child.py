"""A process beside a server is started, started again, and ended through its standard input.

A shell script stands for the interpreter: these tests are about the process, not about what it does.
"""

from __future__ import annotations

import asyncio

import pytest

from afterchat.server import child
from afterchat.server.child import ChildProcess

POLITE = "echo up >>{log}; cat >/dev/null; echo down >>{log}"
"""Ends when its standard input does."""
BRIEF = "echo up >>{log}; exit 3"
STUBBORN = "echo up >>{log}; sleep 1000 & wait"
"""Never looks at its standard input."""


class Scene:
    """One ChildProcess over a script, and what the script noted."""

    def __init__(self, tmp_path, monkeypatch, script):
        self.log = tmp_path / "log"
        self.log.touch()
        self.program = tmp_path / "python"
        self.write(script)
        monkeypatch.setattr(child.sys, "executable", str(self.program))
        monkeypatch.setattr(child, "_RESTART_SECONDS", (0.001,))
        self.process = ChildProcess(
            "projector", ("projector", "--log-level", "info", "--until-stdin-ends"), "sqlite:///x"
        )

    def write(self, script):
        self.program.write_text("#!/bin/sh\n" + script.format(log=self.log) + "\n", "utf-8")
        self.program.chmod(0o755)

    def noted(self):
        return self.log.read_text("utf-8").split()

    async def until(self, is_reached):
        async with asyncio.timeout(20):
            while not is_reached():
                await asyncio.sleep(0.005)

    def play(self, body):
        async def main():
            running = asyncio.create_task(self.process.run())
            await body(self)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running

        asyncio.run(main())


def test_it_is_told_which_store_and_how_to_end(tmp_path, monkeypatch):
    scene = Scene(tmp_path, monkeypatch, 'echo "$AFTERCHAT_STORE $@" >>{log}; cat >/dev/null')

    async def body(scene):
        await scene.until(lambda: scene.process.is_running and scene.noted())

    scene.play(body)

    store, *arguments = scene.noted()
    assert "sqlite:///x" == store  # not among the arguments, which everybody on the machine can see
    assert ["-m", "afterchat", "projector", "--log-level", "info", "--until-stdin-ends"] == arguments


def test_stopping_closes_its_standard_input_and_waits_for_it_to_end_by_itself(tmp_path, monkeypatch):
    scene = Scene(tmp_path, monkeypatch, POLITE)

    async def body(scene):
        await scene.until(lambda: scene.process.is_running and scene.noted())
        assert scene.process.is_running

    scene.play(body)

    assert (["up", "down"], 0, False) == (scene.noted(), scene.process.restarts, scene.process.is_running)


def test_one_that_ends_unasked_is_started_again_and_counted(tmp_path, monkeypatch, caplog):
    scene = Scene(tmp_path, monkeypatch, BRIEF)

    async def body(scene):
        await scene.until(lambda: scene.process.restarts >= 2)
        scene.write(POLITE)
        await scene.until(lambda: scene.process.is_running and scene.noted())

    scene.play(body)

    assert "ended with code 3" in caplog.text


def test_one_that_does_not_end_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "_STOP_SECONDS", 0.05)
    scene = Scene(tmp_path, monkeypatch, STUBBORN)

    async def body(scene):
        await scene.until(lambda: scene.process.is_running and scene.noted())

    scene.play(body)

    assert not scene.process.is_running


def test_a_process_that_cannot_be_started_is_tried_again_and_costs_the_server_nothing(tmp_path, monkeypatch):
    scene = Scene(tmp_path, monkeypatch, POLITE)
    scene.program.chmod(0o644)

    async def body(scene):
        await scene.until(lambda: scene.process.restarts >= 2)
        scene.write(POLITE)
        await scene.until(lambda: scene.process.is_running and scene.noted())

    scene.play(body)

    assert ["up", "down"] == scene.noted()
