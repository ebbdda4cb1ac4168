"""Settings from a TOML file, the environment and the command line, in that order, each held against the table.

A value that cannot be read is a SettingsError that names the setting, what would do, and where it was set.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from afterchat.errors import SettingsError
from afterchat.settings.table import SETTINGS, Setting

__all__ = ["Settings", "environment_name", "read_settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force; one attribute for each line of SETTINGS, which a test compares."""

    host: str
    port: int
    store: str
    ready_file: str
    log_level: str
    secret: str
    secret_chars_min: int
    window_seconds: int
    body_bytes_max: int
    header_bytes_max: int
    request_seconds_max: float
    idle_seconds_max: float
    connections_max: int
    connections_per_peer_max: int
    waiting_pushes_max: int
    commit_mode: str
    disk_free_bytes_min: int
    quarantine_rows_max: int
    quarantine_rows_per_second_max: int
    network_retention_days: int
    personal_retention_days: int
    quarantine_retention_days: int
    metrics_access: str
    projector: str
    dashboard: str
    dashboard_port: int
    dashboard_https: str
    dashboard_zone: str
    drain_seconds: float
    sender_port: int
    events_bytes_max: int
    waiting_events_max: int
    sessions_at_hand_max: int
    attempts_at_once_max: int
    attempt_seconds_max: float
    retention_days: int
    operator_tenant: str
    allow_http_endpoints: str
    allowed_targets: str
    target_ports: str

    def __repr__(self) -> str:
        """Secrets are never shown."""
        hidden = {setting.name for setting in SETTINGS if setting.is_secret}
        shown = ", ".join(
            f"{field.name}={'***' if field.name in hidden else repr(getattr(self, field.name))}"
            for field in fields(self)
        )
        return f"Settings({shown})"


def environment_name(setting_name: str) -> str:
    """`window_seconds` -> `AFTERCHAT_WINDOW_SECONDS`."""
    return f"AFTERCHAT_{setting_name.upper()}"


def read_settings(
    environment: Mapping[str, str] = os.environ,
    file: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Defaults, then the TOML file, then the environment, then `overrides` that are not None.

    Raises SettingsError for an unknown name in the file and for a value of the wrong shape or out of bounds.
    """
    values = {setting.name: setting.default for setting in SETTINGS}
    by_name = {setting.name: setting for setting in SETTINGS}
    if file is not None:
        for name, value in _read_file(file).items():
            if name not in by_name:
                raise SettingsError(f"{file}: there is no setting '{name}'; see docs/reference/settings.md")
            values[name] = _parse(by_name[name], value, f"{file}")
    for setting in SETTINGS:
        variable = environment_name(setting.name)
        if variable in environment:
            values[setting.name] = _parse(setting, environment[variable], variable)
    for name, value in (overrides or {}).items():
        if value is not None:
            values[name] = _parse(by_name[name], value, f"--{name.replace('_', '-')}")
    return Settings(**values)


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read as TOML: {error}") from error


def _parse(setting: Setting, value: Any, where: str) -> Any:
    is_cut = setting.type is int and isinstance(value, float)
    try:
        parsed = setting.type(str(value) if isinstance(value, bool) or is_cut else value)
    except (TypeError, ValueError, OverflowError):
        raise SettingsError(f"{where}: '{setting.name}' must be {_shape(setting)}, not {value!r}") from None
    if setting.choices and parsed not in setting.choices:
        raise SettingsError(f"{where}: '{setting.name}' must be one of {', '.join(setting.choices)}, not {value!r}")
    if setting.bounds and not setting.bounds[0] <= parsed <= setting.bounds[1]:  # so that NaN is refused, too
        raise SettingsError(f"{where}: '{setting.name}' must be {_shape(setting)}, not {value!r}")
    return parsed


def _shape(setting: Setting) -> str:
    """What would do, in words."""
    if setting.bounds is None:
        return "text"
    least, most = setting.bounds
    return f"{'a whole number' if setting.type is int else 'a number'} from {least} to {most}"
