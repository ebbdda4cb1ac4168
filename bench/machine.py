"""Names the machine that a result was measured on, and measures what its disk needs for one sync.

A figure without its machine says nothing; every result file starts with what this file returns.
"""

from __future__ import annotations

import os
import platform
import subprocess
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["describe_machine", "sync_milliseconds"]

_PACKAGES = ("apsw", "httptools", "msgspec", "uvloop", "zstandard", "fastapi", "pydantic", "sqlalchemy", "uvicorn")
_SYNCS = 200
_PAGE_BYTES = 4096


def describe_machine(directory: Path) -> dict[str, object]:
    """Processor, cores, memory, kernel, Python, packages, commit, load, and the sync time of `directory`'s disk."""
    median, p99 = sync_milliseconds(directory)
    return {
        "cpu": _first_value("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gib": round(int(_first_value("/proc/meminfo", "MemTotal").split()[0]) / 1024**2, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "commit": _commit(),
        "filesystem": _filesystem(directory),
        "sync_ms": {"median": median, "p99": p99},
        "load_average_before": round(os.getloadavg()[0], 2),
    }


def sync_milliseconds(directory: Path, syncs: int = _SYNCS) -> tuple[float, float]:
    """(median, p99) of appending one page and fdatasync, milliseconds."""
    path = directory / f"sync-{os.getpid()}.probe"
    page = os.urandom(_PAGE_BYTES)
    taken: list[float] = []
    with path.open("wb", buffering=0) as file:
        for _ in range(syncs):
            file.write(page)
            before = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - before) * 1000)
    path.unlink()
    taken.sort()
    return round(taken[len(taken) // 2], 3), round(taken[int(len(taken) * 0.99)], 3)


def _first_value(file: str, key: str) -> str:
    for line in Path(file).read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return "0 unknown"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _commit() -> str:
    """The commit that was measured, `+` when the tree had changes; empty outside a repository."""
    here = Path(__file__).parent
    try:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=here, capture_output=True, check=True)
        changes = subprocess.run(["git", "status", "--porcelain"], cwd=here, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return commit.stdout.decode().strip() + ("+" if changes.stdout else "")


def _filesystem(directory: Path) -> str:
    """Type of the file system that `directory` is on; `tmpfs` means that no sync was a sync."""
    best, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mount, mounted_kind, *_ = line.split()
        if str(directory.resolve()).startswith(mount) and len(mount) > len(best):
            best, kind = mount, mounted_kind
    return kind
