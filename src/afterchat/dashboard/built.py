"""The files that a browser loads, all in memory: what set-up built, or our own styles where it could not.

    Built.load() -> url("app.js"), needs("charts.js"), answer(name, accept_encoding)

Rules
- Only names of the manifest are served; no part of a request reaches the file system (reliability X35).
- A name holds a hash of the content, so a browser may keep a file for ever; another content has another name.
- Nothing is packed while somebody waits: the packed form was made at set-up.
- Without built files pages still have their styles, from the sources, and no scripts.

What does not belong here: how the files are made (`tools/bootstrap_assets.py`).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from afterchat.dashboard.navigation import STATIC

__all__ = ["Built", "StaticAnswer", "takes_gzip"]

_MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
_LICENCES = "licences.txt"
_FOR_EVER = b"public, max-age=31536000, immutable"
_A_DAY = b"public, max-age=86400"
_UNBUILT = ("app.css", "dark.css", "icon.svg")
_IMPORT = re.compile(r'@import "\./([a-z/_]+\.css)";\n?')


class StaticAnswer(NamedTuple):
    """A file as an answer of status 200."""

    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class _File(NamedTuple):
    content: bytes
    packed: bytes
    needs: tuple[str, ...]


class Built:
    """The files by name."""

    def __init__(self, names: Mapping[str, str], files_by_name: Mapping[str, _File], *, has_scripts: bool) -> None:
        self._names = dict(names)
        self._files = dict(files_by_name)
        self.has_scripts = has_scripts

    @classmethod
    def load(cls, room: Traversable | None = None) -> Built:
        """What set-up built, else what can be had without it; `room` is the folder of this package."""
        room = room or files("afterchat.dashboard")
        built = room / "static" / "built"
        if not (built / "manifest.json").is_file():
            return cls._unbuilt(room / "assets")
        manifest = json.loads((built / "manifest.json").read_text("utf-8"))
        by_name = {
            name: _File((built / name).read_bytes(), (built / f"{name}.gz").read_bytes(), tuple(about["needs"]))
            for name, about in manifest["files"].items()
        }
        licences = (built / _LICENCES).read_bytes()
        by_name[_LICENCES] = _File(licences, gzip.compress(licences, mtime=0), ())
        return cls({**manifest["names"], _LICENCES: _LICENCES}, by_name, has_scripts=True)

    @classmethod
    def _unbuilt(cls, sources: Traversable) -> Built:
        names, by_name = {}, {}
        for name in _UNBUILT:
            content = _IMPORT.sub(lambda found: (sources / found[1]).read_text("utf-8"), _text(sources / name)).encode()
            stem, _, kind = name.partition(".")
            names[name] = f"{stem}.{hashlib.sha256(content).hexdigest()[:8]}.{kind}"
            by_name[names[name]] = _File(content, gzip.compress(content, mtime=0), ())
        return cls(names, by_name, has_scripts=False)

    def url(self, name: str) -> str:
        """The address of a file by the name it has in the sources; raises KeyError when there is none."""
        return STATIC + self._names[name]

    def needs(self, name: str) -> tuple[str, ...]:
        """Addresses of all that the script `name` cannot run without, itself included."""
        if not self.has_scripts:
            return ()
        built = self._names[name]
        return tuple(STATIC + one for one in (built, *self._files[built].needs))

    def answer(self, name: str, accept_encoding: str = "") -> StaticAnswer | None:
        """The file called `name` behind STATIC, or None when there is no such file (total)."""
        file = self._files.get(name)
        if file is None:
            return None
        is_packed = takes_gzip(accept_encoding)
        body = file.packed if is_packed else file.content
        headers = (
            (b"content-type", _MEDIA_TYPES[name.rpartition(".")[2]].encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", _A_DAY if name == _LICENCES else _FOR_EVER),
            (b"vary", b"accept-encoding"),
            *(((b"content-encoding", b"gzip"),) if is_packed else ()),
        )
        return StaticAnswer(headers, body)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether `gzip` stands in the header, and not with weight 0 (total)."""
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in {"gzip", "x-gzip"}:
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False


def _text(path: Traversable) -> str:
    return path.read_text("utf-8")
