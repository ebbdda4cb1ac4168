"""What people are told after a change to the registry: that nothing has to be restarted.

What does not belong here: the change itself, and how a server notices it (`server.registry_watch`).
"""

from __future__ import annotations

from afterchat.cli.command import is_json_wanted
from afterchat.cli.language import Text
from afterchat.cli.output import remark

__all__ = ["say_taken_up"]

_TAKEN_UP = Text("A running server takes it up within about a second.", "正在运行的服务会在一秒左右生效，无需重启。")


def say_taken_up() -> None:
    """Say it on stderr; scripts that asked for JSON are not told."""
    if not is_json_wanted():
        remark(_TAKEN_UP)
