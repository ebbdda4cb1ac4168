"""What one durable acknowledgement costs, and how many there are in a second, beside the rivals."""

from __future__ import annotations

from bench.session import Figure, Session, figure, ratio

__all__ = ["QUESTION", "run"]

QUESTION = "What does a durable acknowledgement cost, and how many are there in a second? 64 connections, closed loop."
_CONNECTIONS = 64
_NAMES = ("afterchat", "afterchat-receiver", "afterchat-noop", "lean", "lean-inline", "naive", "naive-inline")


def run(session: Session) -> list[Figure]:
    """Every contender in turn, as often as there are repeats."""
    runs = session.interleaved(_NAMES, lambda name: session.measure(name, _CONNECTIONS))
    whole, alone = runs["afterchat"], runs["afterchat-receiver"]
    noop = "share of its own no-op's rate, receiver alone"
    return [
        *figure("acks.server_us", "server CPU per ack, receiver alone", "us", alone, lambda run: run["server_us"]),
        *figure("acks.all_us", "CPU per ack, receiver and projector", "us", whole, lambda run: run["all_us"]),
        *figure("acks.rate_alone", "acks a second, receiver alone", "/s", alone, lambda run: run["rate"]),
        *figure("acks.rate", "acks a second, projector running", "/s", whole, lambda run: run["rate"]),
        # Like is compared with like: naive makes readable columns, as the projector does; lean keeps the raw body only.
        *ratio("acks.times_naive", "times naive, projector running", whole, runs["naive"]),
        *ratio("acks.times_naive_inline", "times naive-inline, projector running", whole, runs["naive-inline"]),
        *ratio("acks.times_lean_alone", "times lean, receiver alone", alone, runs["lean"]),
        *ratio("acks.times_lean_inline_alone", "times lean-inline, receiver alone", alone, runs["lean-inline"]),
        *ratio("acks.times_lean", "times lean, projector running", whole, runs["lean"]),
        *ratio("acks.times_lean_inline", "times lean-inline, projector running", whole, runs["lean-inline"]),
        *ratio("acks.share_of_noop", noop, alone, runs["afterchat-noop"], unit=""),
    ]
