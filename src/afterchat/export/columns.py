"""The columns of an export, one table for all formats.

Order: the 59 fields under their Python names, then each moment as the wall of the chosen zone shows it
(`<field>_local`), derived columns, what codes mean (`<field>_label`), and where the row came from.
A new column goes to the end of its group, and none is ever renamed: spreadsheets of others are built on these names.

What does not belong here: how a format writes a value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from afterchat.contract.reasons import problem_in_chinese
from afterchat.contract.record import COUNT, FIELDS, MOMENT, Field
from afterchat.contract.vocabulary import CODED_SETS, evaluation_label
from afterchat.export.batch import NO_MASKS, Batch, Coded, Masks
from afterchat.export.derived import DERIVED, Numbers
from afterchat.export.moments import WallClock
from afterchat.query.views import ID_FIELDS

__all__ = ["COLUMNS", "Column", "Layout", "coded_sources", "custom_text", "label_of", "label_sources", "problem_text"]


class Layout(NamedTuple):
    """How one export is to look."""

    language: str
    """`zh` or `en`: of labels and meanings."""
    zone: ZoneInfo
    masks: Masks = NO_MASKS
    is_headed_with_meanings: bool = False
    """Heads columns with what they mean; otherwise with their names."""


class Column(NamedTuple):
    """One column."""

    name: str
    kind: str
    """How a value is written:

    id      int or text, always shown as text
    text    text of any length and content
    word    text of few different values
    number  whole number, never none
    moment  epoch ms, 0 or less for none
    count   Numbers, whole
    share   Numbers, 0 to 1
    local   epoch ms as `moment`, shown on the wall of the zone
    label   what the code in `source` means
    json    values of Python that are shown as JSON text
    list    texts that are shown as one
    """
    zh: str
    en: str
    unit: str
    source: str
    """Name of the value that it is read from."""
    derive: Callable[[Batch, WallClock], Numbers | Sequence[str]] | None = None

    def heading(self, layout: Layout) -> str:
        """What stands above the column."""
        return self.meaning(layout.language) if layout.is_headed_with_meanings else self.name

    def meaning(self, language: str) -> str:
        """What the column holds, in `zh` or `en`."""
        return self.zh if language == "zh" else self.en


def label_of(column: Column, language: str) -> Callable[[Any], str]:
    """Value of a label column's source to its label; a rating is a pair of model and rating."""
    if column.source == "evaluation":
        return lambda rated: evaluation_label(rated[0], rated[1], language)
    coded = _CODED[column.source]
    return lambda value: coded.label(value, language)


def problem_text(problems: Sequence[str], language: str) -> str:
    """The problems of a row as one text, in `zh` or `en`."""
    return "；".join(map(problem_in_chinese, problems)) if language == "zh" else "; ".join(problems)


def label_sources(batch: Batch, column: Column) -> Sequence[Any]:
    """The values that `label_of` takes."""
    return batch.ratings().each() if column.source == "evaluation" else batch.values(column.source)


def coded_sources(batch: Batch, column: Column) -> Coded:
    """The same, as numbers of values."""
    return batch.ratings() if column.source == "evaluation" else batch.coded(column.source)


def custom_text(value: Any) -> str:
    """Custom fields as JSON."""
    return msgspec.json.encode(value).decode("utf-8")


_CODED = {field.name: CODED_SETS[field.coded] for field in FIELDS if field.coded}
_FEW_VALUES = frozenset({"category", "from_group", "from_staff", "staff_name", "transfer_from_staff_name"}) | {
    "transfer_from_group",
    "overflow_from",
    "origin_platform",
    "category_detail",
    *(field.name for field in FIELDS if field.coded),
}


def _kind(field: Field) -> str:
    if field.type is tuple:
        return "json"
    if field.name in ID_FIELDS or field.name == "foreign_id":
        return "id"
    if field.type is str:
        return "word" if field.name in _FEW_VALUES else "text"
    return "moment" if field.unit == MOMENT else "number"


def _columns() -> tuple[Column, ...]:
    arrived = ("推送到达时间", "When its push arrived")
    fields = [Column(field.name, _kind(field), field.zh, field.en, field.unit, field.name) for field in FIELDS]
    moments = [(field.name, field.zh, field.en) for field in FIELDS if field.unit == MOMENT]
    local = [
        Column(f"{name}_local", "local", f"{zh}（所选时区）", f"{en}, in the zone", MOMENT, name)
        for name, zh, en in [*moments, ("arrived_at", *arrived)]
    ]
    derived = [Column(line.name, line.kind, line.zh, line.en, line.unit, line.name, line.read) for line in DERIVED]
    labels = [
        Column(f"{field.name}_label", "label", f"{field.zh}：含义", f"{field.en}: in words", "", field.name)
        for field in FIELDS
        if field.coded
    ]
    origin = [
        Column("tenant", "word", "租户", "Tenant", "", "tenant"),
        Column("inbox_id", "id", "来自的推送编号", "Id of the push that it was read from", "", "inbox_id"),
        Column("arrived_at", "moment", *arrived, MOMENT, "arrived_at"),
        Column("revision_count", "number", "版本数", "Revisions", COUNT, "revision_count"),
        Column("problems", "list", "无法解读的字段", "Fields that could not be read", "", "problems"),
    ]
    return (*fields, *local, *derived, *labels, *origin)


COLUMNS = _columns()
"""Every column of an export."""
