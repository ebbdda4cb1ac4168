"""Libraries that only some exports need: imported when such an export begins.

What does not belong here: libraries that afterchat always has.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from afterchat.errors import OperatorError

__all__ = ["required"]


def required(module: str, extra: str) -> Any:
    """That module; raises OperatorError that names the extra when it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise OperatorError(f"this format needs another library: pip install 'afterchat[{extra}]'") from error
