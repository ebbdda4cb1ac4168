"""How a known bug is put into the loaded program; shared by `planted.py` and `planted_sending.py`.

Both run as programs from this folder, so this file is imported without its package.

What does not belong here: the bugs.
"""

from __future__ import annotations

from types import ModuleType

__all__ = ["replace"]


def replace(owner: ModuleType | type, name: str, bug: object) -> None:
    """Put the bug where the program looks for the honest thing; AttributeError when it is not there any more."""
    getattr(owner, name)
    setattr(owner, name, bug)
