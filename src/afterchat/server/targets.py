"""Where the operator lets pushes go, from the settings: the sender and the commands judge a URL by the same rules."""

from __future__ import annotations

from afterchat.errors import SettingsError
from afterchat.sender.addresses import AddressRules, Fault
from afterchat.sender.target import read_allowed
from afterchat.settings import Settings

__all__ = ["address_rules"]

_PORT_MAX = 65_535


def address_rules(settings: Settings) -> AddressRules:
    """The rules; raises SettingsError for a list that cannot be read."""
    allowed = read_allowed(_listed(settings.allowed_targets))
    if isinstance(allowed, Fault):
        raise SettingsError(f"'allowed_targets': {allowed.en}")
    return AddressRules(settings.allow_http_endpoints == "yes", _ports(settings.target_ports), allowed)


def _ports(text: str) -> frozenset[int]:
    ports = frozenset(int(entry) for entry in _listed(text) if entry.isascii() and entry.isdecimal())
    if len(ports) != len(set(_listed(text))) or not all(1 <= port <= _PORT_MAX for port in ports):
        raise SettingsError(f"'target_ports' must be ports from 1 to {_PORT_MAX} with commas between, not {text!r}")
    return ports


def _listed(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]
