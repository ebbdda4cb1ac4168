"""Files for browsers: by the names of the manifest only, packed for who can unpack, with styles even when unbuilt."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from afterchat.dashboard.built import Built

STYLE, SCRIPT, PIECE = b"body{}", b"import './piece.B.js'", b"export {}"


@pytest.fixture(name="room")
def _room(tmp_path: Path) -> Path:
    folder = tmp_path / "static" / "built"
    folder.mkdir(parents=True)
    for name, content in {"app.A.css": STYLE, "app.A.js": SCRIPT, "piece.B.js": PIECE}.items():
        (folder / name).write_bytes(content)
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
    (folder / "licences.txt").write_text("permissive", "utf-8")
    (folder / "secret.txt").write_text("not in the manifest", "utf-8")
    manifest = {
        "made_from": "x",
        "names": {"app.css": "app.A.css", "app.js": "app.A.js"},
        "files": {"app.A.css": {"needs": []}, "app.A.js": {"needs": ["piece.B.js"]}, "piece.B.js": {"needs": []}},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return tmp_path


def test_a_file_may_be_kept_for_ever_under_its_name(room: Path) -> None:
    built = Built.load(room)
    answer = built.answer(built.url("app.css").removeprefix("/static/"))

    assert answer is not None
    assert dict(answer.headers) == {
        b"content-type": b"text/css; charset=utf-8",
        b"content-length": b"6",
        b"cache-control": b"public, max-age=31536000, immutable",
        b"vary": b"accept-encoding",
    }
    assert answer.body == STYLE


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("notgzip", False),
    ],
)
def test_only_who_can_unpack_gets_it_packed(room: Path, accepted: str, is_packed: bool) -> None:
    answer = Built.load(room).answer("app.A.js", accepted)

    assert answer is not None
    assert (dict(answer.headers).get(b"content-encoding") == b"gzip") is is_packed
    assert (gzip.decompress(answer.body) if is_packed else answer.body) == SCRIPT
    assert dict(answer.headers)[b"content-length"] == str(len(answer.body)).encode()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "app.css",
        "manifest.json",
        "secret.txt",
        "app.A.js.gz",
        "../built/app.A.js",
        "%2e%2e/x",
        "/etc/passwd",
        "a\0",
    ],
)
def test_no_other_file_is_served(room: Path, name: str) -> None:
    assert Built.load(room).answer(name, "gzip") is None


def test_a_script_names_all_that_it_needs(room: Path) -> None:
    assert Built.load(room).needs("app.js") == ("/static/app.A.js", "/static/piece.B.js")


def test_unbuilt_there_are_styles_in_one_piece_and_no_scripts(tmp_path: Path) -> None:
    sources = tmp_path / "assets"
    (sources / "css").mkdir(parents=True)
    (sources / "app.css").write_text('@import "./css/one.css";\n@import "./css/two.css";\n', "utf-8")
    (sources / "css" / "one.css").write_text("a{}\n", "utf-8")
    (sources / "css" / "two.css").write_text("b{}\n", "utf-8")
    (sources / "dark.css").write_text("c{}", "utf-8")
    (sources / "icon.svg").write_text("<svg/>", "utf-8")
    built = Built.load(tmp_path)
    answer = built.answer(built.url("app.css").removeprefix("/static/"))

    assert answer is not None
    assert answer.body == b"a{}\nb{}\n"
    assert (built.has_scripts, built.needs("charts.js")) == (False, ())


def test_the_sources_themselves_can_be_served_unbuilt() -> None:
    from importlib.resources import files

    sources = files("afterchat.dashboard") / "assets"
    styles = [line for line in (sources / "app.css").read_text("utf-8").splitlines() if line]
    parts = sorted(part.name for part in (sources / "css").iterdir())

    assert sorted(line.removeprefix('@import "./css/').removesuffix('";') for line in styles) == parts
