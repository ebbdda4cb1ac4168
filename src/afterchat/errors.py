"""Every exception of afterchat, grouped by who must act.

    AfterchatError
    |- OperatorError            our own side must act
    |  |- SettingsError         a setting is missing or cannot be read
    |  |- SchemaError           the store is of another version
    |  |- KeyRingError          a secret is too weak, unknown, or one too many
    |  `- StoreLockedError      another process owns this store
    |- CallerError              the code or the person calling us asked for something impossible
    |  |- EndpointError         an endpoint cannot be so
    |  |- EventError            an event of a session holds an impossible value
    |  |- FilterError           a filter, a sort order or a cursor cannot be read
    |  `- NotFoundError         what was named does not exist
    |- PeerError                the other side sent it
    |  `- InvalidRecordError    we know who sent it, and it cannot be read
    `- OutageError              wait and try again
       `- StoreUnavailableError the store did not take or give the data

Expected outcomes (a refused push, an unreadable field) are values, not exceptions.
The message of every error names the remedy.
"""

from __future__ import annotations

__all__ = [
    "AfterchatError",
    "CallerError",
    "EndpointError",
    "EventError",
    "FilterError",
    "InvalidRecordError",
    "KeyRingError",
    "NotFoundError",
    "OperatorError",
    "OutageError",
    "PeerError",
    "SchemaError",
    "SettingsError",
    "StoreLockedError",
    "StoreUnavailableError",
]


class AfterchatError(Exception):
    """Base of everything afterchat raises on purpose."""


class OperatorError(AfterchatError):
    """Our own side must act: settings, schema, keys, locks."""


class SettingsError(OperatorError):
    """A setting is missing or cannot be read; the message says which and how to set it."""


class SchemaError(OperatorError):
    """The store is of another version than this program; the message says which command mends it."""


class KeyRingError(OperatorError):
    """A secret is too weak, a key is unknown, or a tenant would have more than two keys in force."""


class StoreLockedError(OperatorError):
    """Another process owns the file that this command wants to write."""


class CallerError(AfterchatError):
    """The code or the person calling us asked for something that cannot be done."""


class EndpointError(CallerError, ValueError):
    """An endpoint was to be what it cannot be; nothing was changed."""

    def __init__(self, field: str, en: str, zh: str) -> None:
        super().__init__(f"{field}: {en}")
        self.field = field
        self.en = en
        self.zh = zh


class EventError(CallerError, ValueError):
    """An event of a session holds an impossible value; the event was not made."""

    def __init__(self, event: str, field: str, en: str, zh: str) -> None:
        super().__init__(f"{event}.{field}: {en}")
        self.event = event
        self.field = field
        self.en = en
        self.zh = zh


class FilterError(CallerError):
    """A filter, a sort order or a page cursor cannot be read."""


class NotFoundError(CallerError):
    """What was named does not exist."""


class PeerError(AfterchatError):
    """The other side sent something that cannot be used."""


class InvalidRecordError(PeerError):
    """We know who sent the body, and it cannot be read as a session record."""


class OutageError(AfterchatError):
    """Something this program depends on is away; waiting and trying again may help."""


class StoreUnavailableError(OutageError):
    """The store did not take or give the data; nothing of the call was kept."""
