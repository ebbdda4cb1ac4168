"""What readers see, as frozen data: each class is one JSON object of the API and one schema of its description.

Rules
- Names are the Python names of FIELDS, everywhere; the wire's own spelling is in the raw body.
- Every id is text: JavaScript and spreadsheets round whole numbers beyond 2^53, and ids here have up to 64 bits.
- All other numbers are JSON numbers of at most 64 bits.
- Moments are epoch milliseconds; only `signed_at` is epoch seconds, as signed.
- Values are shown as they were pushed; what a code means stands beside it, in `labels`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.contract.record import FIELDS, Field

__all__ = [
    "ID_FIELDS",
    "ChangeView",
    "ContradictionView",
    "CustomFieldView",
    "DriftPage",
    "DriftView",
    "Freshness",
    "InboxPage",
    "InboxView",
    "Label",
    "MomentView",
    "QuarantinePage",
    "QuarantineView",
    "RecordView",
    "RevisionView",
    "SessionDetail",
    "SessionPage",
    "SessionView",
    "SpanView",
    "UnreadablePage",
    "UnreadableView",
    "record_view",
]

ID_FIELDS = frozenset(field.name for field in FIELDS if field.type is int and field.name.split("_")[-1] == "id")
"""Fields of the record that hold an id and are therefore shown as text."""


def _about(text: str, **bounds: Any) -> msgspec.Meta:
    return msgspec.Meta(description=text, **bounds)


_INT64 = {"ge": INTEGER_MIN, "le": INTEGER_MAX}
_ID_PATTERN = {"pattern": "^-?[0-9]{1,19}$"}

Id = Annotated[str, _about("An id of up to 64 bits, as decimal text.", **_ID_PATTERN)]
MomentMs = Annotated[int, _about("Epoch milliseconds.", **_INT64)]
SignedAt = Annotated[int, _about("The signed `time`: epoch seconds.", **_INT64)]
Sha256 = Annotated[str, _about("sha256 of the raw body, lower-case hex.", pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, _about("A count.", ge=0, le=INTEGER_MAX)]
Cursor = Annotated[str, _about("Give it as `cursor` to get the next page; null on the last one.")]


class CustomFieldView(msgspec.Struct, frozen=True):
    """One service-record field that the enterprise defined itself."""

    field_id: str
    field_name: str
    field_value: str


def _annotation(field: Field) -> Any:
    meaning = f"{field.zh} / {field.en}" + (f" ({field.unit})" if field.unit else "")
    if field.type is tuple:
        return Annotated[list[CustomFieldView], _about(meaning)]
    if field.name in ID_FIELDS:
        return Annotated[str, _about(meaning, **_ID_PATTERN)]
    return Annotated[field.type, _about(meaning, **_INT64)] if field.type is int else Annotated[str, _about(meaning)]


if TYPE_CHECKING:
    RecordView = msgspec.Struct
else:
    RecordView = msgspec.defstruct(
        "Record",
        [(field.name, _annotation(field)) for field in FIELDS],
        frozen=True,
        namespace={"__doc__": "The 59 fields of one session, in the order of the wire; ids are text."},
        module=__name__,
    )


class Label(msgspec.Struct, frozen=True):
    """What a code means."""

    zh: str
    en: str


class Freshness(msgspec.Struct, frozen=True):
    """How far the records are behind what has arrived."""

    as_of: Annotated[MomentMs, _about("Everything that arrived before this moment is in the records.")]
    seconds_behind: Annotated[float, _about("0 when nothing waits to be read.", ge=0)]


class SessionView(msgspec.Struct, frozen=True):
    """The current record of one session and where it came from."""

    tenant: str
    inbox_id: Annotated[Id, _about("The push that it was read from.")]
    signed_at: SignedAt
    arrived_at: MomentMs
    revision_count: Count
    problems: Annotated[list[str], _about("Fields that could not be read, each as `wireName: why`.")]
    record: RecordView
    labels: Annotated[dict[str, Label], _about("Field name -> what its code means, for every coded field.")]


class SessionPage(msgspec.Struct, frozen=True):
    """Sessions, latest end first."""

    items: list[SessionView]
    next_cursor: Cursor | None
    freshness: Freshness


class ChangeView(msgspec.Struct, frozen=True):
    """One field that a revision changed."""

    field: str
    before: Annotated[str, _about("As JSON.")]
    after: Annotated[str, _about("As JSON.")]


class MomentView(msgspec.Struct, frozen=True):
    """Something that happened."""

    id: str
    at: MomentMs
    field: str
    label: Label


class SpanView(msgspec.Struct, frozen=True):
    """Something that lasted."""

    id: str
    since: MomentMs
    until: MomentMs
    label: Label


class RevisionView(msgspec.Struct, frozen=True):
    """One of the bodies that a session was ever pushed with."""

    inbox_id: Id
    signed_at: SignedAt
    arrived_at: MomentMs
    sha256: Sha256
    is_current: bool
    changes: Annotated[list[ChangeView], _about("What it says that the one before it did not.")]


class ContradictionView(msgspec.Struct, frozen=True):
    """Two things that the record says and that cannot both be true."""

    id: str
    label: Label
    fields: list[str]


class SessionDetail(msgspec.Struct, frozen=True):
    """One session with everything that is known of it."""

    session: SessionView
    revisions: Annotated[list[RevisionView], _about("The current one first, then by rank.")]
    moments: Annotated[list[MomentView], _about("What happened, in order of time.")]
    spans: Annotated[list[SpanView], _about("What lasted.")]
    contradictions: Annotated[list[ContradictionView], _about("Where the record contradicts itself.")]
    freshness: Freshness


class InboxView(msgspec.Struct, frozen=True):
    """One push as it was taken; its bytes are asked for by its id."""

    id: Id
    tenant: str
    event_type: Annotated[str, _about("As the query said it; empty when it said nothing.")]
    signed_at: SignedAt
    arrived_at: MomentMs
    key_id: Annotated[str, _about("Which key of the ring verified it.")]
    scheme: Annotated[str, _about("`checksum` or `webhooks`.")]
    sha256: Sha256
    body_bytes: Count
    repeat_count: Annotated[Count, _about("How often the same bytes came again.")]


class InboxPage(msgspec.Struct, frozen=True):
    """Pushes, newest first."""

    items: list[InboxView]
    next_cursor: Cursor | None


class QuarantineView(msgspec.Struct, frozen=True):
    """One refused push that was kept."""

    id: Id
    tenant: str
    refused_at: MomentMs
    reason: Annotated[str, _about("`checksum`: not authentic. `window`: authentic, but too early or too late.")]
    cause: Annotated[str, _about("The likely cause; empty when unknown.")]
    query: Annotated[str, _about("The raw query without the checksum's value.")]
    event_type: str
    signed_at: SignedAt | None
    authentic: bool
    sha256: Sha256
    body_bytes: Count
    released_at: MomentMs | None


class QuarantinePage(msgspec.Struct, frozen=True):
    """Refused pushes, newest first."""

    items: list[QuarantineView]
    next_cursor: Cursor | None


class UnreadableView(msgspec.Struct, frozen=True):
    """An authentic push that is neither a session record nor another known event."""

    inbox_id: Id
    tenant: str
    arrived_at: MomentMs
    reason: str


class UnreadablePage(msgspec.Struct, frozen=True):
    """Unreadable pushes, newest first, at most `limit`."""

    items: list[UnreadableView]


class DriftView(msgspec.Struct, frozen=True):
    """Something the wire carried that the field table does not know."""

    tenant: str
    kind: Annotated[str, _about("`value`, `type`, `field` or `duplicate`.")]
    field: str
    sample: str
    count: Count
    first_seen_at: MomentMs
    seen_at: Annotated[MomentMs, _about("The last time, epoch milliseconds.")]


class DriftPage(msgspec.Struct, frozen=True):
    """Drift, newest first, at most `limit`."""

    items: list[DriftView]


def record_view(values: dict[str, Any]) -> RecordView:
    """The view of a record's values by field name: ids become text, custom fields their view."""
    shown = {name: str(value) if name in ID_FIELDS else value for name, value in values.items()}
    shown["custom_field"] = [
        CustomFieldView(custom.field_id, custom.field_name, custom.field_value) for custom in values["custom_field"]
    ]
    return RecordView(**shown)
