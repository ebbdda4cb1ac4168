"""Mounts the power-cut file system for one run, and orders cuts.

Rules:
- Mounted in a folder of the run's own and always unmounted, also after a failure.
- Everything that is on it must be ended before a cut; a power cut leaves no process alive.

What does not belong here: the model (`powerdisk.py`), and what should have survived.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["Mounted", "mounted", "why_no_fuse"]

TESTS = Path(__file__).resolve().parents[1]
MOUNT_SECONDS_MAX = 10.0


class Mounted:
    """The file system at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def cut(self, seed: int, mode: str) -> None:
        """The power fails."""
        self.order(f"cut {seed} {mode}")

    def sync(self) -> None:
        """Everything seen is durable from now on."""
        self.order("sync")

    def order(self, line: str) -> None:
        """One line to the control file."""
        descriptor = os.open(self.folder / ".ctl", os.O_WRONLY)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def counts(self) -> dict[str, int]:
        """`write`, `fsync`, `cut` and `forgotten` so far; known as of the last order."""
        counts: dict[str, int] = json.loads((self.folder / ".ctl").read_text())
        return counts


def why_no_fuse() -> str:
    """What the power-cut file system lacks here; empty when nothing."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse cannot be opened"
    if shutil.which("fusermount3") is None:
        return "fuse3 is not installed"
    return "" if importlib.util.find_spec("mfusepy") else "mfusepy is not installed"


@contextmanager
def mounted(folder: Path, *, strict: bool = False) -> Iterator[Mounted]:
    """Mount at `folder`, which is made, and unmount at the end."""
    folder.mkdir(parents=True)
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "experiments.powerfs",
        str(folder),
        *(["strict"] if strict else []),
    ]
    serving = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(TESTS)}, start_new_session=True)
    try:
        deadline = time.monotonic() + MOUNT_SECONDS_MAX
        while not (folder / ".ctl").exists():
            if serving.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the power-cut file system did not come up at {folder}")
            time.sleep(0.02)
        yield Mounted(folder)
    finally:
        subprocess.run(("fusermount3", "-u", "-z", str(folder)), check=False)
        try:
            serving.wait(MOUNT_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            serving.kill()
            serving.wait()
