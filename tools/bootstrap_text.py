"""What tools/bootstrap.py says to people, in English and Chinese; each text once, as (en, zh).

Like the program itself this file uses no syntax newer than Python 3.6.
What is said by afterchat once it is set up does not belong here.
"""

import os
import sys

__all__ = ["say"]

TEXTS = {
    "usage": (
        "usage: python3 tools/bootstrap.py setup [base|dev|bench] | run | serve | test [arguments]",
        "用法：python3 tools/bootstrap.py setup [base|dev|bench] | run | serve | test [参数]",
    ),
    "old": (
        (
            "afterchat needs Python 3.11 or newer; this is {0} and no other was found. "
            "Install one (apt install python3.11), or name it: PYTHON=/path/to/python3 make run"
        ),
        (
            "afterchat 需要 Python 3.11 或更新版本；当前为 {0}，且未找到其他版本。"
            "请安装（apt install python3.11），或指定路径：PYTHON=/path/to/python3 make run"
        ),
    ),
    "unfit": (
        "PYTHON={0} is no Python 3.11 or newer; name another one, or unset PYTHON.",
        "PYTHON={0} 不是 Python 3.11 或更新版本；请改用其他解释器，或取消 PYTHON。",
    ),
    "bare": (
        (
            "This Python has neither venv nor pip. Install them: apt install python3-venv python3-pip (Debian), "
            "dnf install python3-pip (Fedora), apk add py3-pip (Alpine)."
        ),
        (
            "此 Python 没有 venv 或 pip。请先安装：apt install python3-venv python3-pip（Debian、Ubuntu），"
            "dnf install python3-pip（Fedora、openEuler），apk add py3-pip（Alpine）。"
        ),
    ),
    "readonly": (
        "Cannot write {0} ({1}). Take ownership of the folder, or copy the tree to one of yours.",
        "无法写入 {0}（{1}）。请取得该目录的写权限，或把代码复制到自己的目录。",
    ),
    "foreign": (
        "{0} exists and is no virtual environment. Move it away and try again.",
        "{0} 已存在，但不是虚拟环境。请移走后重试。",
    ),
    "missing": (
        "{0} is missing. Bring it back: git checkout {0}",
        "缺少 {0}。请恢复：git checkout {0}",
    ),
    "failed": (
        "Set-up failed at: {0}. Is the package registry reachable? Behind a mirror set PIP_INDEX_URL, then try again.",
        "安装失败于：{0}。能否访问软件包仓库？使用镜像请设置 PIP_INDEX_URL，然后重试。",
    ),
    "broken": (
        "Set-up failed at: {0}. The lines above say why; pyproject.toml is the place to look.",
        "安装失败于：{0}。原因见上面几行；请检查 pyproject.toml。",
    ),
    "no_assets": (
        (
            "The pages show tables without charts until this works: is the npm registry reachable? "
            "Behind mirrors set NPM_CONFIG_REGISTRY and PIP_INDEX_URL, then: make setup"
        ),
        (
            "在此之前，页面只有表格，没有图表：能否访问 npm 仓库？"
            "使用镜像请设置 NPM_CONFIG_REGISTRY 和 PIP_INDEX_URL，然后执行 make setup"
        ),
    ),
    "assets_unwritten": (
        "The files for browsers cannot be written ({0}); pages show tables without charts until they can.",
        "无法写入浏览器所需的文件（{0}）；在此之前，页面只有表格，没有图表。",
    ),
    "stopped": ("Interrupted; the next run starts over.", "已中断；下次运行会重新开始。"),
    "waiting": ("Another set-up is under way here; waiting for it.", "此处正有另一个安装在进行，等待其完成。"),
    "step_venv": ("virtual environment, Python {0}", "虚拟环境，Python {0}"),
    "step_uv": ("installer (uv)", "安装器（uv）"),
    "step_lock": ("packages of {0}", "{0} 中的软件包"),
    "step_slow": ("packages of {0}, by pip, which takes longer", "{0} 中的软件包（用 pip，较慢）"),
    "step_self": ("afterchat itself", "afterchat 本身"),
    "step_node": ("npm, for the files of the pages", "npm（用于页面所需的文件）"),
    "step_npm": ("packages of tools/assets/package-lock.json", "tools/assets/package-lock.json 中的软件包"),
    "step_bundle": ("scripts and styles of the pages", "页面的脚本与样式"),
    "ready": ("Ready in {0:.1f} s: {1}", "就绪，用时 {0:.1f} 秒：{1}"),
}


def say(key: str, *values: object) -> str:
    """One text in the user's language: Chinese when the locale says so and the terminal can show it."""
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    english, chinese = TEXTS[key]
    text = (chinese if locale.lower().startswith("zh") else english).format(*values)
    encoding = sys.stdout.encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return english.format(*values).encode("ascii", "replace").decode("ascii")
    return text
