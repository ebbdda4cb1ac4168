"""Which commit mode is better on this disk, so that a measurement and no opinion sets the threshold of `auto`."""

from __future__ import annotations

from bench.session import Figure, Run, Session, figure

__all__ = ["QUESTION", "run"]

QUESTION = (
    "Is it better to commit in the event loop or in a thread, on this disk? Receiver alone, 64 and 256 connections."
)
_MODES = ("inline", "thread")
_CONNECTIONS = (64, 256)


def run(session: Session) -> list[Figure]:
    """Both modes at both numbers of connections, by turns."""
    cases = {
        f"{mode}, {connections} connections": (mode, connections) for mode in _MODES for connections in _CONNECTIONS
    }

    def measure(name: str) -> Run | None:
        mode, connections = cases[name]
        return session.measure("afterchat-receiver", connections, {"AFTERCHAT_COMMIT_MODE": mode})

    figures: list[Figure] = []
    for name, runs in session.interleaved(cases, measure).items():
        key = name.replace(", ", "_").replace(" ", "_")
        figures += figure(f"commit-modes.rate_{key}", f"acks a second, {name}", "/s", runs, lambda run: run["rate"])
        figures += figure(f"commit-modes.p99_{key}", f"p99, {name}", "ms", runs, lambda run: run["p99_ms"])
        figures += figure(f"commit-modes.us_{key}", f"server CPU, {name}", "us", runs, lambda run: run["server_us"])
    return figures
