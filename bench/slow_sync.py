"""A slower disk for everybody alike: a preloaded shim that delays each fsync and fdatasync.

Built with the machine's C compiler when a benchmark asks for it; without one that benchmark is left out and says so.
That the shim works is measured in a fresh process, not assumed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["NoCompilerError", "delayed_environment", "measured_delay_ms"]

_SOURCE = Path(__file__).with_name("slow_sync.c")


class NoCompilerError(Exception):
    """There is no `cc`, so that no sync can be slowed down."""


def delayed_environment(directory: Path, delay_ms: float) -> dict[str, str]:
    """Environment that makes each sync of a child process `delay_ms` slower; raises NoCompilerError."""
    library = directory / "slow_sync.so"
    command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(_SOURCE), "-ldl"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoCompilerError("install a C compiler (`cc`) to measure with a slow disk") from error
    return {"LD_PRELOAD": str(library.resolve()), "BENCH_SYNC_DELAY_US": str(int(delay_ms * 1000))}


def measured_delay_ms(directory: Path, environment: dict[str, str]) -> float:
    """What one sync takes, median, in a fresh process with that environment."""
    program = (
        "import sys, pathlib; from bench.machine import *; print(sync_milliseconds(pathlib.Path(sys.argv[1]), 20)[0])"
    )
    command = [sys.executable, "-c", program, str(directory)]
    answer = subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True)
    return float(answer.stdout)
