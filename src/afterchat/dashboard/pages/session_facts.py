"""Every field of one record as a page shows it: groups by subject, each value written well, and as it came beside it.

    values by name -> (masked by role) -> FieldLine: label, hint, text, raw value, name on the wire

Rules
- GROUPS holds every field exactly once; what is not listed there would be on no page.
- A code reads as its words, a moment in the reader's zone, a length of time as such, an id as text.
- What is masked has no raw value: the mask is all there is.
- Total: hostile numbers and texts are written like any other.

What does not belong here: moments in order and journeys (`session_story`), what may be seen (`access.masking`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from afterchat.access.masking import is_masked, page_values
from afterchat.contract.reasons import BODY, reason_in_chinese
from afterchat.contract.record import DURATION, FIELDS, MOMENT, CustomField, Field, SessionRecord, moment_of_text
from afterchat.contract.vocabulary import CODED_SETS, evaluation_label
from afterchat.dashboard.formats import NONE
from afterchat.dashboard.visit import Visit
from afterchat.figures.subjects.queue import MOMENT_FROM_MS
from afterchat.query.views import ID_FIELDS, ChangeView, SessionView

__all__ = [
    "GROUPS",
    "ChangeLine",
    "FieldGroup",
    "FieldLine",
    "Written",
    "change_line",
    "field_groups",
    "field_label",
    "problem_lines",
    "record_of",
    "written",
]

GROUPS: Mapping[str, tuple[str, ...]] = {
    "session": (
        "id", "s_type", "interaction", "is_valid", "status", "close_reason", "beginer", "ender", "category",
        "category_detail", "remarks", "alarm_times",
    ),
    "people": ("staff_id", "staff_name", "from_staff", "from_group_id", "from_group", "overflow_from"),
    "visitor": ("user_id", "foreign_id", "vip_level", "visit_range"),
    "times": (
        "start_time", "end_time", "in_queue_time", "client_first_message_time", "staff_first_reply_time",
        "first_reply_cost", "avg_resp_duration", "stick_duration", "treated_time",
    ),
    "messages": ("user_message_count", "staff_message_count", "round_number"),
    "rating": (
        "evaluation_type", "evaluation", "evaluation_remark", "user_resolved_status", "is_staff_invited",
        "is_evaluation_invited", "staff_invited_evaluate_time", "user_join_evaluate_time",
    ),
    "transfers": (
        "related_id", "related_type", "from_human_transfer", "human_transfer_session_id", "transfer_from_staff_name",
        "transfer_from_group", "transfer_remarks", "transfer_type",
    ),
    "origin": ("from_type", "origin_platform", "from_ip", "from_page", "from_title", "land_page", "search_key"),
    "robot": ("transfer_rg_type",),
    "custom": ("custom_field",),
}  # fmt: skip
"""Subject to its fields, in the order of the page; named `session.group.<subject>` in `session_words`."""

LINKED = frozenset({"related_id", "human_transfer_session_id"})
"""Fields that name another session."""

_FIELDS = {field.name: field for field in FIELDS}
_FIELDS_OF_WIRE = {field.wire: field for field in FIELDS}
_ADDRESSES = frozenset({"from_page", "land_page"})


class Written(NamedTuple):
    """One value for people."""

    text: str
    raw: str = ""
    """As it came, where that says more than the text."""
    moment: str = ""
    """For the attribute `datetime`."""
    is_none: bool = False
    """Whether the record says nothing here, or nothing happened."""


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of the record."""

    name: str
    label: str
    code: str
    """Its name on the wire."""
    value: Written
    hint: str = ""
    href: str = ""
    is_address: bool = False
    """Whether the value may be an address of the web; the macro `outside` decides."""
    is_masked: bool = False
    rows: tuple[tuple[str, str, str], ...] = ()
    """Id, name and value of fields that the enterprise defined."""


class FieldGroup(NamedTuple):
    """Fields of one subject."""

    id: str
    title: str
    lines: tuple[FieldLine, ...]


class ChangeLine(NamedTuple):
    """What a revision changed of one field."""

    label: str
    code: str
    before: Written
    after: Written
    is_masked: bool


def record_of(view: SessionView) -> SessionRecord:
    """The record behind a view, with numbers where the view has ids as text."""
    values = {name: _as_pushed(name, getattr(view.record, name)) for name in _FIELDS}
    return SessionRecord(**values)


def field_groups(visit: Visit, record: SessionRecord, hrefs: Mapping[str, str]) -> tuple[FieldGroup, ...]:
    """Every field of the record as this reader may see it; `hrefs` are addresses of the sessions that LINKED name."""
    shown = page_values({name: getattr(record, name) for name in _FIELDS}, visit.who.rights)
    return tuple(
        FieldGroup(
            subject,
            visit.t(f"session.group.{subject}"),
            tuple(_line(visit, record, _FIELDS[name], shown[name], hrefs.get(name, "")) for name in names),
        )
        for subject, names in GROUPS.items()
    )


def _line(visit: Visit, record: SessionRecord, field: Field, shown: Any, href: str) -> FieldLine:
    value = getattr(record, field.name)
    is_hidden = shown != value
    return FieldLine(
        field.name,
        _label(visit, field),
        field.wire,
        _masked(shown) if is_hidden else written(visit, field, value, record.evaluation_type),
        visit.t.known(f"session.hint.{field.name}") or "",
        href,
        field.name in _ADDRESSES,
        is_hidden,
        tuple(msgspec.structs.astuple(one) for one in shown) if field.type is tuple else (),
    )


def field_label(visit: Visit, name: str) -> str:
    """What a field of the record is called; a name that nobody knows stands for itself."""
    field = _FIELDS.get(name)
    return name if field is None else _label(visit, field)


def _label(visit: Visit, field: Field) -> str:
    return (field.zh if visit.is_chinese else field.en).replace("`", "")


def written(visit: Visit, field: Field, value: Any, model: int) -> Written:
    """A value that need not be masked, for people; `model` is that of the rating."""
    raw = _raw(value)
    if field.coded:
        return _of_code(visit, field, value, model)
    if field.unit == MOMENT:
        return _of_moment(visit, value)
    if field.unit == DURATION:
        return _of_duration(visit, value)
    if field.type is int and field.name not in ID_FIELDS:
        text = visit.f.count(value)
        return Written(text, raw if text != raw else "", is_none=not value)
    return Written(NONE, raw if field.type is int else "", is_none=True) if value == field.none else Written(raw)


def _of_code(visit: Visit, field: Field, value: Any, model: int) -> Written:
    language = visit.view.language
    if field.name == "evaluation":
        text = evaluation_label(model, value, language)
    else:
        text = CODED_SETS[field.coded].label(value, language)
    return Written(text, _raw(value), is_none=value == field.none)


def _of_moment(visit: Visit, value: int | str) -> Written:
    at = moment_of_text(value) if isinstance(value, str) else value
    if at <= 0:
        return Written(NONE, str(value), is_none=True)
    return Written(visit.f.moment(at), str(value), visit.f.machine(at))


def _of_duration(visit: Visit, value: int) -> Written:
    if value >= MOMENT_FROM_MS:  # the wire's word can mean a moment, too
        return _of_moment(visit, value)
    return Written(NONE, str(value), is_none=True) if value <= 0 else Written(visit.f.duration(value), str(value))


def _masked(shown: Any) -> Written:
    text = _raw(shown)
    return Written(text or NONE, is_none=not text)


def _raw(value: Any) -> str:
    """A value as text; fields of the enterprise's own as `name: value`."""
    if isinstance(value, tuple):
        return "; ".join(f"{one.field_name}: {one.field_value}" for one in value)
    return str(value)


def change_line(visit: Visit, change: ChangeView, model: int) -> ChangeLine:
    """What a revision changed of one field, as this reader may see it."""
    field = _FIELDS[change.field]
    before, after = (_as_pushed(field.name, msgspec.json.decode(text)) for text in (change.before, change.after))
    return ChangeLine(
        _label(visit, field),
        field.wire,
        _seen(visit, field, before, model),
        _seen(visit, field, after, model),
        is_masked(field.name, visit.who.rights),
    )


def _seen(visit: Visit, field: Field, value: Any, model: int) -> Written:
    shown = page_values({field.name: value}, visit.who.rights)[field.name]
    return _masked(shown) if shown != value else written(visit, field, value, model)


def _as_pushed(name: str, value: Any) -> Any:
    """A value of the record from what its views show."""
    if name in ID_FIELDS:
        return int(value)
    if _FIELDS[name].type is not tuple:
        return value
    return tuple(CustomField(*_parts(one)) for one in value)


def _parts(one: Any) -> Iterable[str]:
    """Id, name and value of an own field, from its view or from JSON."""
    if isinstance(one, dict):
        return tuple(str(one.get(name, "")) for name in CustomField.__struct_encode_fields__)
    return msgspec.structs.astuple(one)


def problem_lines(visit: Visit, problems: Iterable[str]) -> tuple[tuple[str, str, str], ...]:
    """(label, name on the wire, why) of every field that could not be read, from `wireName: why`."""
    lines = []
    for problem in problems:
        wire, _, why = problem.partition(": ")
        field = _FIELDS_OF_WIRE.get(wire)
        reason = reason_in_chinese(why) if visit.is_chinese else why
        named = visit.t("session.problems.body") if wire == BODY else wire
        lines.append((named if field is None else _label(visit, field), wire, reason))
    return tuple(lines)
