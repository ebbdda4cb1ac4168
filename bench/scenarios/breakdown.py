"""Where each microsecond of a push goes, piece by piece, in a process without sockets."""

from __future__ import annotations

import json
import sys

from bench.running import fresh_directory, run_program
from bench.session import Figure, Run, Session, figure

__all__ = ["QUESTION", "run"]

QUESTION = "Where does each microsecond go? Pieces of one push, CPU, in-process, best of five laps."


def run(session: Session) -> list[Figure]:
    """Run `bench.pieces` in fresh processes; CPU of each piece, and wall time where a disk is waited for."""
    found: dict[str, list[Run]] = {}
    for _ in range(session.options.repeats):
        with fresh_directory(session.options.work, "pieces") as directory:
            lines = run_program(["-m", "bench.pieces", str(directory)])
        if not lines:
            session.failed.append("pieces")
            print("breakdown: the pieces could not be timed", file=sys.stderr)
        for line in lines:
            piece = session.keep(json.loads(line))
            found.setdefault(piece["key"], []).append(piece)
    figures: list[Figure] = []
    for key, pieces in found.items():
        label = pieces[0]["label"]
        figures += figure(f"breakdown.{key}", label, "us", pieces, lambda run: run["cpu_us"])
        if key.startswith("append"):
            figures += figure(f"breakdown.{key}_wall", f"{label}, wall", "us", pieces, lambda run: run["wall_us"])
    return figures
