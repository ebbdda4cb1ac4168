"""Files of the pages: made once for each state of their sources, from packages that are pinned and free to pass on.

Nothing is fetched here: npm and esbuild are replaced; the real thing is what `.ci/run` begins with.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tree import ROOT

PERMISSIVE = {"0BSD", "Apache-2.0", "BSD-0-Clause", "BSD-3-Clause", "ISC", "MIT"}
ONLY_TESTED_WITH = {"MPL-2.0"}
"""Of packages that no page holds anything of."""
PACKAGES = ROOT / "tools" / "assets"


@pytest.fixture(name="tool")
def _tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """bootstrap_assets.py; `root` is a tree with sources, `made` counts how often something would be made."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import bootstrap_assets

    for name, text in {
        "tools/assets/package.json": "{}",
        "tools/assets/package-lock.json": "{}",
        "src/afterchat/dashboard/assets/app.js": "first",
        ".venv/x": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    bootstrap_assets.root, bootstrap_assets.venv = tmp_path, tmp_path / ".venv"
    monkeypatch.setattr(bootstrap_assets, "fetched_modules", lambda root, *_: root)
    yield bootstrap_assets
    for name in ("bootstrap_assets", "bootstrap_install", "bootstrap_text"):
        sys.modules.pop(name, None)


def bundling(tool: ModuleType) -> object:
    """In place of esbuild: a manifest that fits."""

    def bundle(root: Path, _modules: Path, digest: str) -> None:
        built = root / tool.BUILT
        built.mkdir(parents=True, exist_ok=True)
        (built / "app.A.js").write_text("x", "utf-8")
        (built / "manifest.json").write_text(json.dumps({"made_from": digest, "files": {"app.A.js": {}}}), "utf-8")

    return bundle


def make(tool: ModuleType) -> None:
    tool.make_assets(tool.root, tool.venv, "python3", tool.venv / "bin" / "python")


def is_due(tool: ModuleType, *, is_asked: bool = False) -> bool:
    return tool.are_due(tool.root, tool.venv, is_asked=is_asked)


def test_nothing_is_due_once_it_is_made(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "bundle", bundling(tool))
    before = is_due(tool)
    make(tool)

    assert (before, is_due(tool), is_due(tool, is_asked=True)) == (True, False, False)


@pytest.mark.parametrize(
    "name",
    ["tools/assets/package-lock.json", "src/afterchat/dashboard/assets/app.js", "src/afterchat/dashboard/assets/n"],
)
def test_a_changed_source_is_due(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(tool, "bundle", bundling(tool))
    make(tool)
    (tool.root / name).write_text("second", "utf-8")

    assert is_due(tool) is True


def test_a_lost_file_is_made_again(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "bundle", bundling(tool))
    make(tool)
    (tool.root / tool.BUILT / "app.A.js").unlink()

    assert is_due(tool) is True


def test_without_sources_there_is_nothing_to_make(tool: ModuleType) -> None:
    (tool.root / "tools/assets/package.json").unlink()

    assert is_due(tool, is_asked=True) is False


def test_a_failure_is_told_each_time_and_tried_again_only_when_asked(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(*_: object) -> None:
        raise tool.StepFailedError("npm", "npm error network")

    monkeypatch.setattr(tool, "fetched_modules", unreachable)
    make(tool)
    told = capsys.readouterr().err.splitlines()
    is_due_later = is_due(tool)
    told_later = capsys.readouterr().err.splitlines()

    assert told == ["npm error network", tool.say("no_assets")]
    assert (is_due_later, told_later) == (False, [tool.say("no_assets")])
    assert is_due(tool, is_asked=True) is True


def test_npm_of_the_machine_is_taken_only_if_it_is_new_enough(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched = []
    monkeypatch.setattr(tool.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(tool, "works", lambda _: True)
    monkeypatch.setattr(tool, "install_aside", lambda *arguments: fetched.append(arguments[0].name))

    found = []
    for version in ("v20.20.2", "v16.1.0", "", "v18.0.0"):
        monkeypatch.setattr(tool, "output_of", lambda _, version=version: version)
        with tool.npm_of(tool.root, tool.venv, "python3", tool.venv / "bin" / "python") as npm:
            found.append(npm[0])

    assert [command == "/bin/npm" for command in found] == [True, False, False, True]
    assert fetched == ["requirements-node.lock"] * 2
    assert [path.name for path in tool.venv.iterdir()] == ["x"]


def test_the_manifest_knows_names_and_needs(tool: ModuleType) -> None:
    def output(*needs: tuple[str, str]) -> dict[str, object]:
        return {"imports": [{"path": f"out/{name}", "kind": kind} for name, kind in needs]}

    manifest = tool.manifest_of(
        {
            "out/app.A.js": output(("piece.B.js", "import-statement"), ("late.D.js", "dynamic-import")),
            "out/piece.B.js": output(("piece.C.js", "import-statement")),
            "out/piece.C.js": output(("piece.B.js", "import-statement")),
            "out/late.D.js": output(),
        },
        "digest",
    )

    assert manifest == {
        "made_from": "digest",
        "names": {"app.js": "app.A.js", "late.js": "late.D.js"},
        "files": {
            "app.A.js": {"needs": ["piece.B.js", "piece.C.js"]},
            "piece.B.js": {"needs": ["piece.C.js"]},
            "piece.C.js": {"needs": ["piece.B.js"]},
            "late.D.js": {"needs": []},
        },
    }


def test_packing_gives_the_same_bytes_every_time(tool: ModuleType) -> None:
    content = b"body{}" * 100

    assert tool.gzip_bytes(content) == tool.gzip_bytes(content)
    assert gzip.decompress(tool.gzip_bytes(content)) == content


def test_the_lock_of_npm_pins_hashes_names_no_address_and_holds_free_packages_only() -> None:
    text = (PACKAGES / "package-lock.json").read_text("utf-8")
    locked = {name: about for name, about in json.loads(text)["packages"].items() if name}

    assert "://" not in text
    assert {name for name, about in locked.items() if not about["integrity"].startswith("sha512-")} == set()
    assert {about["license"] for about in locked.values()} - PERMISSIVE - ONLY_TESTED_WITH == set()
    assert {about["license"] for about in locked.values() if "dev" not in about} - PERMISSIVE == set()


def test_the_lock_of_node_pins_hashes_and_names_no_address() -> None:
    text = (ROOT / "requirements-node.lock").read_text("utf-8")

    assert re.findall(r"(?m)^[\w-]+==\S+", text)
    assert "--hash=sha256:" in text
    assert "://" not in text


def test_every_entry_exists_and_everything_asked_for_is_an_entry(tool: ModuleType) -> None:
    assets = ROOT / "src/afterchat/dashboard/assets"
    scripts = "".join(path.read_text("utf-8") for path in assets.glob("*.js"))
    pages = "".join(path.read_text("utf-8") for path in (assets.parent / "templates").glob("*.html"))
    asked = set(re.findall(r'(?:=>|await) import\("\./(\w+\.js)"\)', scripts)) | set(
        re.findall(r"asset\('([\w.]+)'\)", pages)
    )

    assert sorted(name for name in tool.ENTRIES if not (assets / name).exists()) == []
    assert asked - {"licences.txt"} == set(tool.ENTRIES)


def test_the_set_up_made_the_files_of_this_tree(tool: ModuleType) -> None:
    assert tool.made_from(ROOT) == tool.digest_of(ROOT), "python3 tools/bootstrap.py setup dev"
