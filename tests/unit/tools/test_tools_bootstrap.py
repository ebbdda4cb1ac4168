"""Set-up: does nothing when nothing changed, survives interruption, touches nothing that is not its own.

Nothing is installed here: `install` is replaced; the real thing is what `.ci/run` begins with.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tree import ROOT


@pytest.fixture(name="tool")
def _tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """bootstrap.py over an empty tree in a folder with a blank in its name; `installed` lists what it would install."""
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import bootstrap

    root = tmp_path / "a tree"
    root.mkdir()
    for name in (*bootstrap.LOCKS.values(), "pyproject.toml"):
        (root / name).write_text("first\n", "utf-8")
    venv = root / ".venv"
    for name, value in {
        "ROOT": root,
        "VENV": venv,
        "STAMP": venv / "stamp.json",
        "MARK": venv / "mark",
        "BIN": venv / "bin",
        "VENV_PYTHON": venv / "bin" / "python",
    }.items():
        monkeypatch.setattr(bootstrap, name, value)
    monkeypatch.delenv("PYTHON", raising=False)
    bootstrap.installed = []
    monkeypatch.setattr(bootstrap, "install", lambda _root, lock, _base, _python: bootstrap.installed.append(lock))
    yield bootstrap
    for name in ("bootstrap", "bootstrap_assets", "bootstrap_install", "bootstrap_text"):
        sys.modules.pop(name, None)


def test_a_second_set_up_does_nothing(tool: ModuleType) -> None:
    tool.set_up("dev", is_quiet=True)
    tool.set_up("dev", is_quiet=True)
    tool.set_up("base", is_quiet=True)

    assert tool.installed == ["requirements-dev.lock"]


def test_a_larger_level_is_added_and_then_kept(tool: ModuleType) -> None:
    tool.set_up("base", is_quiet=True)
    tool.set_up("dev", is_quiet=True)
    (tool.ROOT / "pyproject.toml").write_text("second\n", "utf-8")
    tool.set_up("base", is_quiet=True)

    assert tool.installed == ["requirements.lock", "requirements-dev.lock", "requirements-dev.lock"]


def test_a_changed_lock_is_installed(tool: ModuleType) -> None:
    tool.set_up("base", is_quiet=True)
    (tool.ROOT / "requirements.lock").write_text("second\n", "utf-8")
    tool.set_up("base", is_quiet=True)

    assert tool.installed == ["requirements.lock"] * 2


def test_an_interrupted_set_up_starts_over(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(tool, "install", interrupted)
        code = tool.main(["setup"])
    left = tool.STAMP.exists()
    tool.main(["setup"])

    assert (code, left, tool.installed) == (130, False, ["requirements.lock"])


def test_a_moved_tree_gets_a_new_environment(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    tool.set_up("base", is_quiet=True)
    stamp = tool.read_stamp()
    monkeypatch.setattr(tool, "VENV", tool.ROOT / "elsewhere" / ".venv")

    assert tool.is_same_venv(stamp) is False


def test_a_folder_of_somebody_else_is_left_alone(tool: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    tool.VENV.mkdir()
    (tool.VENV / "letter.txt").write_text("mine", "utf-8")

    code = tool.main(["setup"])

    assert (code, (tool.VENV / "letter.txt").read_text("utf-8"), tool.installed) == (1, "mine", [])
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_missing_lock_is_one_line(tool: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    (tool.ROOT / "requirements.lock").unlink()

    code = tool.main(["setup"])

    assert (code, capsys.readouterr().err) == (
        1,
        "requirements.lock is missing. Bring it back: git checkout requirements.lock\n",
    )


def test_an_unfit_python_is_one_line(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHON", "/nowhere/python3")

    code = tool.main(["setup"])

    assert (code, capsys.readouterr().err.count("\n"), tool.VENV.exists()) == (1, 1, False)


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["setup", "everything"], ["setup", "dev", "more"]])
def test_a_wrong_command_line_shows_the_usage(tool: ModuleType, arguments: list[str]) -> None:
    assert (tool.main(arguments), tool.installed) == (2, [])


def test_it_speaks_the_users_language(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    chinese = tool.say("stopped")
    monkeypatch.setenv("LC_ALL", "C")

    assert (chinese, tool.say("stopped")) == ("已中断；下次运行会重新开始。", "Interrupted; the next run starts over.")


@pytest.mark.parametrize(("command", "kept"), [("test", None), ("serve", "1")])
def test_tests_may_keep_what_they_compile_and_a_server_does_as_it_is_told(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, command: str, kept: str | None
) -> None:
    seen = []
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(os, "execv", lambda *_: seen.append(os.environ.get("PYTHONDONTWRITEBYTECODE")))
    monkeypatch.chdir(tool.ROOT)
    tool.dispatch([command])

    assert seen == [kept]


def test_a_part_of_a_lock_is_one_requirement_with_its_hashes(tool: ModuleType, tmp_path: Path) -> None:
    import bootstrap_install

    lock = tmp_path / "lock"
    lock.write_text("# note\na==1 \\\n    --hash=sha256:1\nuv==2 \\\n    --hash=sha256:2\n    # via x\nb==3\n", "utf-8")
    with bootstrap_install.part_of(lock, only="uv") as only, bootstrap_install.part_of(lock, without="uv") as without:
        parts = (Path(only).read_text("utf-8"), Path(without).read_text("utf-8"))

    assert parts == ("uv==2 \\\n    --hash=sha256:2\n    # via x\n", "a==1 \\\n    --hash=sha256:1\nb==3\n")


def test_uv_hears_of_the_mirror_that_pip_was_told_of(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    import bootstrap_install

    told = "global.index-url='https://mirror.example/simple'\n:env:.cert='/etc/ca.pem'\nglobal.timeout='60'\n"
    monkeypatch.setattr(bootstrap_install, "output_of", lambda _: told)
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)

    heard = bootstrap_install.settings_of(["python3", "-m", "pip", "--python", "x"])

    assert heard == {"UV_DEFAULT_INDEX": "https://mirror.example/simple", "SSL_CERT_FILE": "/etc/ca.pem"}


def test_installers_are_not_led_elsewhere(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    import bootstrap_install

    for name in bootstrap_install.REMOVED:
        monkeypatch.setenv(name, "/elsewhere")

    environment = bootstrap_install.environment_with({})

    assert set(bootstrap_install.REMOVED) & set(environment) == set()
    assert environment["UV_PYTHON_DOWNLOADS"] == "never"
