"""`make sim`: lives thousands of lives, each twice, on all cores, and stops at the first broken promise.

    python -m simulation                                  # 10,000 seeds, both modes
    python -m simulation --seeds 500 --first 20000        # others
    python -m simulation --seed 17 --mode safety --verbose    # one of them again, line by line

Rules
- Every life is lived by two processes whose hashes of text are seeded differently: what they write must be equal.
- Whoever finds something prints the command that shows it again.

What does not belong here: what is right (`auditor`); the seeds that every change must pass (`test_simulation_seeds`).
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from experiments.results import publish
from simulation.plan import MODES
from simulation.world import Life, simulate

__all__ = ["main"]

SEEDS = 10_000
SECONDS_BETWEEN_LINES = 5.0
SECONDS_PER_DAY = 86_400


def say(text: str) -> None:
    """One line to standard output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """The exit code: 1 when a promise was broken."""
    options = _options(arguments)
    modes = MODES if options.mode is None else (options.mode,)
    if options.worker:
        return _work(options.first, options.seeds, options.step, modes)
    if options.seed is not None:
        return max(_show(options.seed, mode, options.focus, is_verbose=options.verbose) for mode in modes)
    return _run_all(options.first, options.seeds, modes, options.minutes)


def command_of(seed: int, mode: str) -> str:
    """What shows a life again."""
    return f'make sim ARGS="--seed {seed} --mode {mode} --verbose"'


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("simulation", description="Deterministic simulation of the sending end (E04).")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--minutes", type=float, help="stop after so long, whatever is left")
    parser.add_argument("--mode", choices=MODES, help="one mode only")
    parser.add_argument("--seed", type=int, help="this one only, twice")
    parser.add_argument("--focus", nargs="*", default=(), metavar="KIND", help="with more trouble of these kinds")
    parser.add_argument("--verbose", action="store_true", help="with every event, one a line")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--step", type=int, default=1, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _show(seed: int, mode: str, focus: list[str], *, is_verbose: bool) -> int:
    """One life, twice."""
    first = simulate(seed, mode, focus=focus, is_shown=is_verbose)
    again = simulate(seed, mode, focus=focus)
    is_equal = first.digest == again.digest
    for fault in first.faults:
        say(f"VIOLATION {fault}")
    if not is_equal:
        say(f"UNEQUAL {first.digest} {again.digest}: {_first_difference(first, again)}")
    counted = ", ".join(f"{name} {count}" for name, count in sorted(first.counts.items()))
    judged = ", ".join(f"{name} {count}" for name, count in sorted(first.judged.items()))
    say(f"seed {seed}, {mode}: {first.seconds:.0f} simulated seconds; {counted}\n  judged: {judged}")
    return int(bool(first.faults) or not is_equal)


def _first_difference(first: Life, again: Life) -> str:
    pairs = zip(first.lines, again.lines, strict=False)
    return next((f"{one!r} and {other!r}" for one, other in pairs if one != other), "one is longer")


def _work(first: int, seeds: int, step: int, modes: tuple[str, ...]) -> int:
    """Live every step-th life and tell of each in one line of JSON."""
    for seed in range(first, first + seeds, step):
        for mode in modes:
            life = simulate(seed, mode)
            told = {
                "seed": seed,
                "mode": mode,
                "digest": life.digest,
                "faults": [str(fault) for fault in life.faults],
                "seconds": life.seconds,
                "counts": life.counts,
                "judged": life.judged,
            }
            say(json.dumps(told))
    return 0


def _run_all(first: int, seeds: int, modes: tuple[str, ...], minutes: float | None) -> int:
    """Two workers for each share of the seeds; what they tell is compared as it comes."""
    shares = max(1, (os.cpu_count() or 1) // 2)
    workers = [_start(first + share, seeds - share, shares, modes, salt) for share in range(shares) for salt in (1, 2)]
    began = time.perf_counter()
    total: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    waiting: dict[tuple[int, str], dict[str, Any]] = {}
    shown_at = began
    found = ""
    for told in _told_by(workers):
        other = waiting.pop((told["seed"], told["mode"]), None)
        if other is None:
            waiting[told["seed"], told["mode"]] = told
            continue
        total.update(lives=1, milliseconds=round(told["seconds"] * 1000), **told["counts"])
        judged.update(told["judged"])
        found = _wrong(told, other)
        now = time.perf_counter()
        is_over = minutes is not None and now - began > minutes * 60
        if found or is_over:
            break
        if now - shown_at > SECONDS_BETWEEN_LINES:
            shown_at = now
            say(f"  {_figure(total)}; {total['lives'] / (now - began):.0f} lives a second")
    for worker in workers:
        worker.terminate()
        worker.wait()
    if found:
        say(found)
    say(f"  judged: {', '.join(f'{name} {count}' for name, count in sorted(judged.items()))}")
    figure = _figure(total, violations=int(bool(found)))
    publish("E04", figure, "FAIL" if found else "pass", first=first, **total)
    return int(bool(found))


def _start(first: int, seeds: int, step: int, modes: tuple[str, ...], salt: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "simulation", "--worker", "--first", str(first), "--seeds", str(seeds)]
    command += ["--step", str(step), *(("--mode", modes[0]) if len(modes) == 1 else ())]
    tests = str(Path(__file__).resolve().parents[1])
    environment = {**os.environ, "PYTHONHASHSEED": str(salt), "PYTHONPATH": tests}
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )


def _told_by(workers: list[subprocess.Popen[str]]) -> Iterator[dict[str, Any]]:
    """What all of them tell, as it comes; ends when all have ended, and with an error when one of them did with one."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def listen(worker: subprocess.Popen[str]) -> None:
        assert worker.stdout is not None, "it was started with a pipe"
        for line in worker.stdout:
            lines.put(line)
        lines.put(None)

    for worker in workers:
        threading.Thread(target=listen, args=(worker,), daemon=True).start()
    running = len(workers)
    while running:
        line = lines.get()
        if line is None:
            running -= 1
        else:
            yield json.loads(line)
    for worker in workers:
        if worker.wait() != 0:
            raise SystemExit(f"a worker ended with {worker.returncode}; its error stands above")


def _wrong(told: dict[str, Any], other: dict[str, Any]) -> str:
    """What is wrong with a life that was lived twice; empty for nothing."""
    lines = [f"VIOLATION {fault}" for fault in told["faults"]]
    if told["digest"] != other["digest"]:
        lines.append(f"UNEQUAL: two runs of one life gave {told['digest']} and {other['digest']}")
    if lines:
        lines.append(f"seed {told['seed']}, {told['mode']}; again: {command_of(told['seed'], told['mode'])}")
    return "\n".join(lines)


def _figure(total: Counter[str], violations: int = 0) -> str:
    days = total["milliseconds"] / 1000 / SECONDS_PER_DAY
    return (
        f"{total['lives']} lives twice, {total['events']} events, {total['attempts']} attempts, "
        f"{total['faults']} faults, {days:.1f} simulated days, {violations} violations"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
