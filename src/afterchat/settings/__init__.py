"""The settings: a table that declares each once, and how their values are read.

Read once, from a TOML file and then from `AFTERCHAT_*`; command-line options come last and are applied by `cli`.
Nobody but the composition root reads settings: every room gets values as arguments.
"""

from __future__ import annotations

from afterchat.settings.reading import Settings, environment_name, read_settings
from afterchat.settings.table import SETTINGS, Setting

__all__ = ["SETTINGS", "Setting", "Settings", "environment_name", "read_settings"]
