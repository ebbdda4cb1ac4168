"""How a lock gets into `.venv`: by uv where there is one or its wheel can be had, else by whatever pip is found.

Rules.
The same as in `bootstrap.py`: standard library only, no syntax newer than 3.6, every package matches its hash.
uv itself comes from the same lock, at its pinned version and hash.
The package itself is installed last, editable and without the network: what builds it is in the lock.
Which Python is used and when nothing needs doing is decided in `bootstrap.py`.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from bootstrap_text import say

__all__ = [
    "StepFailedError",
    "UnableError",
    "found_pip",
    "install",
    "install_aside",
    "output_of",
    "settings_of",
    "step",
    "works",
]

REMOVED = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")
REMOVED += tuple("PIP_" + name for name in ("PREFIX", "REQUIRE_VIRTUALENV", "ROOT", "TARGET", "USER"))
"""Variables that would lead an installer elsewhere."""


class UnableError(Exception):
    """Set-up cannot go on; holds the one line that says why and what to do."""


class StepFailedError(Exception):
    """One step did not work, another way may; holds the step's name and the end of its output."""


def install(root: Path, lock: str, base: str, venv_python: Path) -> None:
    """Bring `.venv` to exactly what the lock says, and the package itself; raises UnableError when no way worked."""
    own = (str(venv_python.parent / "uv"), shutil.which("uv"))
    uv = next((path for path in own if path and works([path, "--version"])), None)
    pip = None if uv else found_pip(base, venv_python)
    if uv is None and fetch_uv(pip, root / lock):
        uv = own[0]
    if uv and install_by_uv(uv, root, lock, pip or found_pip(base, venv_python), venv_python):
        return
    pip = pip or found_pip(base, venv_python)
    if pip is None:
        raise UnableError(say("bare"))
    install_by_pip(pip, root, lock)


def install_aside(lock: Path, folder: Path, base: str, venv_python: Path, name: str) -> None:
    """The packages of another lock into a folder that is not `.venv`; raises StepFailedError when no way worked."""
    uv = venv_python.parent / "uv"
    pip = found_pip(base, venv_python)
    own = ["--target", str(folder), "--require-hashes", "-r", str(lock)]
    if uv.exists():
        with contextlib.suppress(StepFailedError):
            settings = settings_of(pip) if pip else {}
            step(name, [str(uv), "pip", "install", "--python", str(venv_python), *own], settings)
            return
    if pip is None:
        raise StepFailedError(name, say("bare"))
    step(name, [*pip, "install", *own])


def found_pip(base: str, venv_python: Path) -> "list[str] | None":
    """A command that is pip for `.venv`: the interpreter's, one on PATH, or one unpacked into `.venv`."""
    target = ["--python", str(venv_python)]
    for way in ([base, "-m", "pip"], ["pip3"], ["pip"]):
        if works([*way, *target, "--version"]):
            return [*way, *target]
    if works([str(venv_python), "-m", "ensurepip"]):
        return [str(venv_python), "-m", "pip"]
    return None


def fetch_uv(pip: "list[str] | None", lock: Path) -> bool:
    """Install uv in `.venv`, at the version and hash of the lock; False where it has no wheel for this machine."""
    if pip is None:
        raise UnableError(say("bare"))
    with part_of(lock, only="uv") as part, contextlib.suppress(StepFailedError):
        step(say("step_uv"), [*pip, "install", "--require-hashes", "--only-binary", ":all:", "-r", part])
        return True
    return False


def install_by_uv(uv: str, root: Path, lock: str, pip: "list[str] | None", venv_python: Path) -> bool:
    """The quick way; False when it did not work, as with an old uv or a registry that only pip knows how to reach."""
    settings = settings_of(pip) if pip else {}
    target = ["--python", str(venv_python)]
    own = ["--offline", "--no-deps", "--no-build-isolation", "--editable", str(root)]
    try:
        step(say("step_lock", lock), [uv, "pip", "sync", *target, "--require-hashes", str(root / lock)], settings)
        step(say("step_self"), [uv, "pip", "install", *target, *own], settings)
    except StepFailedError:
        return False
    return True


def install_by_pip(pip: "list[str]", root: Path, lock: str) -> None:
    """The slow way, which works everywhere; its failure is the one that is shown."""
    own = ["--no-index", "--no-deps", "--no-build-isolation", "--editable", str(root)]
    try:
        with part_of(root / lock, without="uv") as part:
            step(say("step_slow", lock), [*pip, "install", "--require-hashes", "-r", part])
        step(say("step_self"), [*pip, "install", *own])
    except StepFailedError as failure:
        name, output = failure.args
        is_ours = name == say("step_self")
        raise UnableError(output + "\n" + say("broken" if is_ours else "failed", name)) from None


def settings_of(pip: "list[str]") -> "dict[str, str]":
    """What pip was told about registry and certificates, as uv wants to hear it; the user's own uv settings win."""
    command = pip[: pip.index("--python")] if "--python" in pip else pip
    told = dict(line.partition("=")[::2] for line in output_of([*command, "config", "list"]).splitlines())
    settings = {}
    for option, variable in (("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE")):
        for section in ("global", "install", ":env:"):
            value = told.get(section + "." + option, "").strip("'\"")
            if value and variable not in os.environ:
                settings[variable] = value
    return settings


@contextlib.contextmanager
def part_of(lock: Path, only: str = "", without: str = "") -> "object":
    """Path of a temporary lock that holds one requirement only, or all but one."""
    handle, path = tempfile.mkstemp(suffix=".txt")
    try:
        is_wanted = False
        with os.fdopen(handle, "w", encoding="utf-8") as part:
            for line in lock.read_text("utf-8").splitlines():
                if line[:1].isalnum():
                    name = line.split("==")[0]
                    is_wanted = name == only if only else name != without
                if is_wanted:
                    part.write(line + "\n")
        yield path
    finally:
        Path(path).unlink()


def step(name: str, command: "list[str]", settings: "dict[str, str] | None" = None) -> None:
    """One line for one step: its name at once, its seconds when it is done; raises StepFailedError."""
    print("  " + name + " ... ", end="", flush=True)
    began = time.monotonic()
    code, output = outcome_of(command, settings or {})
    print(f"{time.monotonic() - began:.1f} s" if code == 0 else "-", flush=True)
    if code != 0:
        raise StepFailedError(name, "\n".join(output.splitlines()[-15:]))


def works(command: "list[str]") -> bool:
    """Whether the command can be started and succeeds."""
    return outcome_of(command, {})[0] == 0


def output_of(command: "list[str]") -> str:
    """What the command says, or nothing when it fails."""
    code, output = outcome_of(command, {})
    return output if code == 0 else ""


def outcome_of(command: "list[str]", settings: "dict[str, str]") -> "tuple[int, str]":
    """(exit code, output) of a command that is never asked anything; one that cannot be started has code 127."""
    try:
        done = subprocess.run(
            command,
            env=environment_with(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        return 127, str(error)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def environment_with(settings: "dict[str, str]") -> "dict[str, str]":
    """The user's environment, less what would lead elsewhere; without caches where there is no home for them."""
    environment = {name: value for name, value in os.environ.items() if name not in REMOVED}
    environment.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PIP_ROOT_USER_ACTION="ignore")
    environment.update(UV_PYTHON_DOWNLOADS="never", UV_LINK_MODE="copy")
    if not os.access(os.path.expanduser("~"), os.W_OK):  # noqa: PTH111  Path.home() raises where there is none
        environment.update(PIP_NO_CACHE_DIR="1", UV_NO_CACHE="1")
    environment.update(settings)
    return environment
