"""Set-up from nothing but Python: makes `.venv` from a hash-pinned lock, then becomes the command that was asked for.

    python3 tools/bootstrap.py setup [base|dev|bench]
    python3 tools/bootstrap.py run | serve | test [arguments of that command]

Rules.
Standard library only, and no syntax newer than 3.6, so that an old Python can say in one line that it is too old.
Every package comes from a lock and matches its hash; from which registry is the user's configuration, never ours.
The stamp is written last: whatever interrupts a set-up, the next one starts over.
When the stamp fits, nothing is started and nothing is asked of the network.
How packages are installed stands in `bootstrap_install.py`, how the files of the pages are made in
`bootstrap_assets.py`, what is said in `bootstrap_text.py`.
What the project does once it is set up does not belong here.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from bootstrap_assets import are_due, make_assets
from bootstrap_install import StepFailedError, UnableError, install, step
from bootstrap_text import say

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "afterchat-stamp.json"
MARK = VENV / "made-by-afterchat"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
VENV_PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

LOCKS = {"base": "requirements.lock", "dev": "requirements-dev.lock", "bench": "requirements-bench.lock"}
"""Level -> lock; each level holds all of the one before it."""
LEVELS = tuple(LOCKS)

COMMANDS = {
    "run": ("base", ("afterchat", "demo")),
    "serve": ("base", ("afterchat", "serve")),
    "test": ("dev", ("python", "-m", "pytest")),
}
"""Command -> (level it needs, program of `.venv` and its first arguments)."""

OLDEST, NEWEST = (3, 11), (3, 14)
CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3.14", "python3", "python")


def main(arguments: "list[str]") -> int:
    """Set up as far as the command needs, then become the command; gives the exit code of what failed."""
    try:
        return dispatch(arguments)
    except UnableError as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n" + say("stopped"), file=sys.stderr)
        return 130


def dispatch(arguments: "list[str]") -> int:
    """Read the command line; `setup` ends here, the others give this process away."""
    name, rest = (arguments[0] if arguments else ""), arguments[1:]
    is_setup = name == "setup"
    level = (rest[0] if rest else "base") if is_setup else COMMANDS.get(name, ("",))[0]
    if level not in LEVELS or (is_setup and len(rest) > 1):
        print(say("usage"), file=sys.stderr)
        return 0 if name in ("-h", "--help", "help") else 2
    set_up(level, is_quiet=not is_setup)
    if is_setup:
        return 0
    program, *first = COMMANDS[name][1]
    command = [str(BIN / program), *first, *rest]
    if name == "test":  # they start a thousand processes, each of which would compile all that it imports
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.stdout.flush()
    os.chdir(str(ROOT))
    if os.name == "nt":
        return subprocess.call(command)
    return os.execv(command[0], command)  # signals then reach the server itself


def set_up(level: str, *, is_quiet: bool) -> None:
    """Bring `.venv` to at least `level`, and the files of the pages to their sources; does nothing where that fits."""
    began = time.monotonic()
    was_done = is_done(level)
    if not was_done:
        with one_at_a_time():
            if not is_done(level):
                install_level(level)
    if are_due(ROOT, VENV, is_asked=not is_quiet):
        with one_at_a_time():
            if are_due(ROOT, VENV, is_asked=True):
                make_assets(ROOT, VENV, read_stamp()["base"], VENV_PYTHON)
    if not (was_done and is_quiet):
        print(say("ready", time.monotonic() - began, BIN), flush=True)


def install_level(level: str) -> None:
    """What `.venv` is made of, from nothing or from what it was; the stamp is written last."""
    stamp = read_stamp()
    level = max(level, stamp.get("level", "base"), key=LEVELS.index)
    content = content_of(level)
    base, version = chosen_python()
    if not (is_same_venv(stamp) and (BIN / "uv").exists()):  # pip alone never removes what a lock has dropped
        make_venv(base, version)
    if STAMP.exists():
        STAMP.unlink()
    install(ROOT, LOCKS[level], base, VENV_PYTHON)
    write_stamp(level, content, base)


def is_done(level: str) -> bool:
    """Whether the stamp says that `.venv` has this level, made from the files as they are now."""
    stamp = read_stamp()
    if not is_same_venv(stamp) or LEVELS.index(stamp["level"]) < LEVELS.index(level):
        return False
    return stamp.get("content") == content_of(stamp["level"])


def is_same_venv(stamp: dict) -> bool:
    """Whether `.venv` stands where it was made, on the interpreter it was made with, and that is the one asked for."""
    if stamp.get("path") != str(VENV) or stamp.get("level") not in LEVELS or stamp.get("python") != fingerprint():
        return False
    return not os.environ.get("PYTHON") or chosen_python()[0] == stamp.get("base")


def fingerprint() -> "list[int]":
    """Size and time of the interpreter behind `.venv`: others after an upgrade of the system, none when it is gone."""
    try:
        status = VENV_PYTHON.stat()
    except OSError:
        return []
    return [status.st_size, int(status.st_mtime)]


def read_stamp() -> dict:
    """What the last finished set-up wrote, or nothing."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) and stamp.get("level") in LEVELS else {}


def write_stamp(level: str, content: str, base: str) -> None:
    """Say that a set-up is finished; appears whole or not at all."""
    stamp = {"path": str(VENV), "python": fingerprint(), "base": base, "level": level, "content": content}
    draft = STAMP.with_suffix(".draft")
    draft.write_text(json.dumps(stamp), "utf-8")
    draft.replace(STAMP)


def content_of(level: str) -> str:
    """Hash of all that an installation at this level is made from."""
    digest = hashlib.sha256()
    for name in (LOCKS[level], "pyproject.toml"):
        try:
            digest.update((ROOT / name).read_bytes())
        except OSError:
            raise UnableError(say("missing", name)) from None
    return digest.hexdigest()


@contextlib.contextmanager
def one_at_a_time() -> "object":
    """Two set-ups in one tree follow each other; where the system has no such lock they are not held apart."""
    try:
        import fcntl  # noqa: PLC0415  absent on Windows

        handle = os.open(str(ROOT), os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(say("waiting"), flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def make_venv(base: str, version: str) -> None:
    """A fresh `.venv` without pip; a folder that somebody else left is replaced only if it is a virtual environment."""
    if VENV.exists() and any(VENV.iterdir()) and not (MARK.exists() or (VENV / "pyvenv.cfg").exists()):
        raise UnableError(say("foreign", VENV))
    try:
        if VENV.is_symlink():
            VENV.unlink()
        elif VENV.exists():
            shutil.rmtree(str(VENV))
        VENV.mkdir()
        MARK.write_text("tools/bootstrap.py made this folder and may replace it.\n", "utf-8")
    except OSError as error:
        raise UnableError(say("readonly", VENV, error.strerror)) from None
    try:
        step(say("step_venv", version), [base, "-m", "venv", "--without-pip", str(VENV)])
    except StepFailedError:
        raise UnableError(say("bare")) from None


def chosen_python() -> "tuple[str, str]":
    """(path, "3.12.1") of the interpreter for `.venv`: $PYTHON, else this one, else the best on PATH.

    An interpreter newer than NEWEST is taken only when there is no other: its wheels may not exist yet.
    """
    asked = os.environ.get("PYTHON", "")
    if asked:
        found = probe(asked)
        if found is None or found[2] < OLDEST:
            raise UnableError(say("unfit", asked))
        return found[:2]
    own = probe(sys.executable) if OLDEST <= sys.version_info[:2] <= NEWEST else None
    if own:
        return own[:2]
    fit = [found for found in map(probe, CANDIDATES) if found and found[2] >= OLDEST]
    fit.sort(key=lambda found: found[2] > NEWEST)
    if not fit:
        raise UnableError(say("old", version_text(sys.version_info)))
    return fit[0][:2]


def probe(name: str) -> "tuple[str, str, tuple[int, int]] | None":
    """(path, version text, (major, minor)) of a Python by name or path, or None when it does not run."""
    path = shutil.which(name)
    if path is None:
        return None
    code = "import sys; print(getattr(sys, '_base_executable', None) or sys.executable); print(*sys.version_info[:3])"
    try:
        answer = subprocess.run([path, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        base, version = answer.stdout.decode().splitlines()
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    numbers = tuple(map(int, version.split()))
    return base, version_text(numbers), numbers[:2]


def version_text(numbers: tuple) -> str:
    """`(3, 12, 1)` -> `3.12.1`."""
    return ".".join(map(str, numbers[:3]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
