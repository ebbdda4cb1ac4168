"""What `afterchat doctor` looks at on the machine: versions, clock, disk, permissions, port, encoding, environment.

Each check is a function from Patient to findings; it never raises, and each finding that is not `ok` names its remedy.
What cannot be known without asking another machine is said to be unknown, not said to be fine.
What does not belong here: what is inside the store (`cli.checkup_store`).
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from afterchat.cli.language import Text
from afterchat.clock import Clock
from afterchat.settings import SETTINGS, Settings, environment_name

__all__ = ["FOLDER_CHECKS", "MACHINE_CHECKS", "Finding", "Patient"]

PYTHON_MIN = (3, 11)
FUTURE_SECONDS_MAX = 5
SYNC_SECONDS_IMPLAUSIBLE = 15e-6
"""No medium that keeps its promise has been seen to be faster; a system call alone takes a few microseconds."""
SYNC_SECONDS_IMPLAUSIBLE_ROTATING = 1e-3
"""A turning disk needs half a turn, 4 ms at 7200 a minute; a cache with a battery may be faster."""
SYNC_SECONDS_SLOW = 0.02
MEMORY_FILE_SYSTEMS = frozenset({"tmpfs", "ramfs"})
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"})

_OTHER_VARIABLES = frozenset({"AFTERCHAT_CONFIG", "AFTERCHAT_LANGUAGE"})
_TIME_ERROR = 5
"""What ntp_adjtime answers while nothing keeps the clock right."""


class Finding(NamedTuple):
    """One line of the doctor."""

    check: str
    level: str
    """`ok`, `warn` or `fail`."""
    said: Text
    remedy: Text = Text("", "")


class Patient(NamedTuple):
    """What is looked at."""

    settings: Settings
    folder: Path | None
    """The store's folder; None for a store without one."""
    config: Path | None
    environment: Mapping[str, str]
    clock: Clock


def python_version(_patient: Patient) -> Iterator[Finding]:
    """The interpreter is one that this program was built for."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON_MIN:
        yield Finding(
            "python", "fail", Text(version, version), Text("use Python 3.11 or later", "请使用 Python 3.11 及以上")
        )
    else:
        yield Finding("python", "ok", Text(version, version))


def sqlite_version(_patient: Patient) -> Iterator[Finding]:
    """SQLite is one without the WAL-reset bug."""
    import apsw

    from afterchat.store.sqlite.backend import is_sound_version

    version = apsw.sqlite_lib_version()
    if not is_sound_version(version):
        yield Finding(
            "sqlite",
            "fail",
            Text(
                f"{version} has the WAL-reset bug, which can corrupt the store",
                f"{version} 有 WAL-reset 缺陷，可能损坏数据",
            ),
            Text("install apsw 3.51.3 or later", "请安装 apsw 3.51.3 及以上"),
        )
    else:
        yield Finding("sqlite", "ok", Text(f"{version}, without the WAL-reset bug", f"{version}，无 WAL-reset 缺陷"))


def clock_skew(patient: Patient) -> Iterator[Finding]:
    """Pushes are refused when the clock is off by the window; offline only signs of it can be seen."""
    ahead = _newest_change(patient.folder) - patient.clock.now_ms() / 1000
    if ahead > FUTURE_SECONDS_MAX:
        yield Finding(
            "clock",
            "fail",
            Text(
                f"a file of the store was changed {ahead:.0f} s in the future",
                f"数据文件的修改时间比现在晚 {ahead:.0f} 秒",
            ),
            Text("the clock was set back: start NTP", "时钟被拨回过：请启用 NTP"),
        )
        return
    state = _is_clock_kept()
    if state is None:
        yield Finding(
            "clock",
            "ok",
            Text("skew cannot be told without a time server", "不询问时间服务器无法得知偏差"),
        )
    elif state:
        yield Finding("clock", "ok", Text("kept by NTP", "由 NTP 校准"))
    else:
        yield Finding(
            "clock",
            "warn",
            Text("nothing keeps this clock right", "没有程序在校准时钟"),
            Text(
                f"start NTP: beyond {patient.settings.window_seconds} s every push is refused",
                f"请启用 NTP：偏差超过 {patient.settings.window_seconds} 秒后所有推送都会被拒绝",
            ),
        )


def disk_space(patient: Patient) -> Iterator[Finding]:
    """There is room for some time to come."""
    free = shutil.disk_usage(_existing(patient.folder or Path())).free
    least = patient.settings.disk_free_bytes_min
    said = Text(f"{free // 2**20} MiB free", f"剩余 {free // 2**20} MiB")
    if free < least:
        remedy = Text(
            f"make room: under {least // 2**20} MiB every push is answered 503",
            f"请清理：低于 {least // 2**20} MiB 时推送都会得到 503",
        )
        yield Finding("disk", "fail", said, remedy)
    elif free < least * 4:
        yield Finding("disk", "warn", said, Text("make room soon", "请尽快清理"))
    else:
        yield Finding("disk", "ok", said)


def file_system(patient: Patient) -> Iterator[Finding]:
    """The store lies on a medium that survives power loss."""
    kind = _file_system_of(_existing(patient.folder or Path()))
    if kind in MEMORY_FILE_SYSTEMS:
        said, remedy = (
            Text(f"{kind}: in memory", f"{kind}：位于内存"),
            Text("move the store to a disk", "请把数据移到磁盘上"),
        )
        yield Finding("medium", "fail", said, remedy)
    elif kind in NETWORK_FILE_SYSTEMS:
        said = Text(f"{kind}: SQLite's locks are not safe over a network", f"{kind}：SQLite 的锁在网络文件系统上不可靠")
        yield Finding("medium", "fail", said, Text("move the store to a local disk", "请把数据移到本地磁盘"))
    else:
        yield Finding("medium", "ok", Text(kind or "unknown", kind or "未知"))


def sync_honesty(patient: Patient) -> Iterator[Finding]:
    """What the disk calls durable takes as long as durable takes."""
    from afterchat.errors import StoreUnavailableError
    from afterchat.store.sqlite.folder import measure_sync_seconds

    folder = _existing(patient.folder or Path())
    try:
        seconds = measure_sync_seconds(folder)
    except StoreUnavailableError as error:
        yield Finding("sync", "fail", Text(str(error), str(error)), Text("make the folder writable", "请让目录可写"))
        return
    said = Text(f"{seconds * 1000:.2f} ms (median)", f"{seconds * 1000:.2f} 毫秒（中位数）")
    is_rotating = _is_rotating(folder)
    if seconds < (SYNC_SECONDS_IMPLAUSIBLE_ROTATING if is_rotating else SYNC_SECONDS_IMPLAUSIBLE):
        remedy = Text(
            "too fast to be true for this medium: a write cache without battery, or a machine that ignores syncs",
            "对该介质而言快得不合理：可能有无电池的写缓存，或虚拟机忽略了同步",
        )
        yield Finding("sync", "warn", said, remedy)
    elif seconds > SYNC_SECONDS_SLOW:
        yield Finding(
            "sync", "warn", said, Text("slow: every acknowledgement waits for it", "较慢：每次应答都要等待它")
        )
    else:
        yield Finding("sync", "ok", said)


def permissions(patient: Patient) -> Iterator[Finding]:
    """Only the server's own user reads the store and the settings: both hold secrets."""
    files = [patient.config] if patient.config else []
    if patient.folder and patient.folder.is_dir():
        files += [patient.folder, *sorted(patient.folder.iterdir())]
    open_to_others = [file for file in files if _mode(file) & (stat.S_IRWXG | stat.S_IRWXO)]
    if patient.folder in open_to_others or patient.config in open_to_others:
        names = " ".join(str(file) for file in open_to_others[:3])
        said = Text(f"others can read {names}", f"其他用户可读取 {names}")
        yield Finding(
            "permissions",
            "fail",
            said,
            Text("chmod 700 the folder, 600 the files", "目录请 chmod 700，文件请 chmod 600"),
        )
    elif open_to_others:
        said = Text(
            f"{len(open_to_others)} files are open to others; the folder is not",
            f"{len(open_to_others)} 个文件对他人开放，但目录未开放",
        )
        yield Finding("permissions", "warn", said, Text("chmod 600 the files", "请对文件 chmod 600"))
    else:
        yield Finding("permissions", "ok", Text("private", "仅本用户可读"))


def port_free(patient: Patient) -> Iterator[Finding]:
    """The server can listen; a server that runs already is no illness."""
    host, port = patient.settings.host, patient.settings.port
    place = f"{host}:{port}"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            said = Text(f"{place}: {error.strerror}", f"{place}：{error.strerror}")
            remedy = Text(
                "fine if afterchat runs; otherwise choose another --port",
                "若 afterchat 正在运行则正常，否则请更换 --port",
            )
            yield Finding("port", "warn", said, remedy)
            return
    yield Finding("port", "ok", Text(f"{place} is free", f"{place} 空闲"))


def encoding(patient: Patient) -> Iterator[Finding]:
    """Chinese can be shown and file names can hold it."""
    names = (getattr(sys.stdout, "encoding", None) or "", sys.getfilesystemencoding())
    locale = next(
        (patient.environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if patient.environment.get(name)), ""
    )
    said = Text(
        f"{' and '.join(dict.fromkeys(names))}, locale {locale or '-'}",
        f"{'、'.join(dict.fromkeys(names))}，区域 {locale or '-'}",
    )
    if all(name.lower().replace("-", "") == "utf8" for name in names):
        yield Finding("encoding", "ok", said)
    else:
        yield Finding(
            "encoding", "warn", said, Text("set LANG=C.UTF-8 or zh_CN.UTF-8", "请设置 LANG=C.UTF-8 或 zh_CN.UTF-8")
        )


def variables(patient: Patient) -> Iterator[Finding]:
    """No variable of the environment is a setting misspelt."""
    known = {environment_name(setting.name) for setting in SETTINGS} | _OTHER_VARIABLES
    unknown = sorted(name for name in patient.environment if name.startswith("AFTERCHAT_") and name not in known)
    if unknown:
        said = Text(f"no such setting: {', '.join(unknown)}", f"没有这些设置：{'、'.join(unknown)}")
        yield Finding(
            "variables", "warn", said, Text("see `afterchat settings` for the names", "名称见 `afterchat settings`")
        )
    else:
        yield Finding("variables", "ok", Text("every AFTERCHAT_* is a setting", "AFTERCHAT_* 均为有效设置"))


MACHINE_CHECKS = (python_version, clock_skew, permissions, port_free, encoding, variables)

FOLDER_CHECKS = (sqlite_version, disk_space, file_system, sync_honesty)
"""For a store that lives in a folder of this machine."""


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists: that is where the store will be."""
    folder = folder.absolute()
    return next(path for path in (folder, *folder.parents) if path.is_dir())


def _newest_change(folder: Path | None) -> float:
    files = folder.iterdir() if folder and folder.is_dir() else ()
    return max((file.stat().st_mtime for file in files), default=0.0)


def _mode(file: Path) -> int:
    try:
        return file.stat().st_mode
    except OSError:
        return 0


def _is_clock_kept() -> bool | None:
    """Whether the kernel's clock is disciplined; None where the kernel cannot be asked."""
    import ctypes

    try:
        asked = ctypes.create_string_buffer(256)
        state: int = ctypes.CDLL(None).ntp_adjtime(asked)
    except (OSError, AttributeError, TypeError):
        return None
    return None if state < 0 else state != _TIME_ERROR


def _file_system_of(folder: Path) -> str:
    """Name of the file system under `folder`; "" where it cannot be told."""
    try:
        lines = Path("/proc/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    mounts = [line.split(" ")[1:3] for line in lines]
    under = [(point, kind) for point, kind in mounts if folder == Path(point) or Path(point) in folder.parents]
    return max(under, key=lambda mount: len(mount[0]))[1] if under else ""


def _is_rotating(folder: Path) -> bool:
    """Whether it is known to be a turning disk; what a hypervisor says of a virtual one is not believed."""
    number = folder.stat().st_dev
    device = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}").resolve()
    if "virt" in str(device):
        return False
    for place in (device, device.parent):  # a partition, then the disk that it is on
        try:
            return (place / "queue" / "rotational").read_text("ascii").strip() == "1"
        except OSError:
            continue
    return False
