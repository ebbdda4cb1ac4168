"""The time zone of this machine by its IANA name, for readers who chose none."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

from afterchat.query.errors import BilingualFilterError
from afterchat.query.spans import read_zone

__all__ = ["machine_zone", "zone_named"]

AUTO = "auto"
_LOCAL_ZONE = Path("/etc/localtime")


def machine_zone() -> ZoneInfo:
    """The zone of TZ or of this machine, UTC when neither has an IANA name."""
    _, _, linked = str(_LOCAL_ZONE.resolve()).partition("zoneinfo/")
    for name in (os.environ.get("TZ", ""), linked):
        try:
            return read_zone(name)
        except BilingualFilterError:
            continue
    return ZoneInfo("UTC")


def zone_named(name: str) -> ZoneInfo:
    """The zone of that name, this machine's for `auto`; raises FilterError for what is none."""
    return machine_zone() if name == AUTO else read_zone(name)
