"""The fields of a record where there is room for two columns only: what each says, and what it is; nothing is cut.

    closeReason  0 · closed by staff          Why it closed
    endTime      1799978850000 · 10:07:30     When it ended

Long text goes on in the next line of its column, as a sentence does, instead of ending in an ellipsis.
What does not belong here: wide terminals (`cli.record`), what a value means (`cli.record`, too).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING

import click

from afterchat.cli.command import current_language
from afterchat.cli.language import Text
from afterchat.cli.output import moment
from afterchat.cli.record import Recorded, meaning_of, value_of
from afterchat.cli.visible import visible
from afterchat.cli.wrapping import cells, wrapped

if TYPE_CHECKING:
    from afterchat.contract.record import Field

__all__ = ["print_field_lines"]

SAYS_CELLS_MIN = 26
"""Room for a moment of the day beside its number."""
ABOUT_CELLS_MIN = 12

_GAP = "  "
_HEADINGS = (Text("field", "字段"), Text("what it says", "内容"), Text("what the field is", "字段说明"))
_DATE_CHARS = len("2027-01-15")
_TIME = slice(len("2027-01-15 "), len("2027-01-15 14:00:00"))
_OFFSET_CHARS = len("+0800")
_OVERHANG_CELLS = 2
"""A Chinese full stop at the end of a line may stand beyond its edge; it is given room."""


def print_field_lines(row: Recorded, fields: Iterable[Field], width: int) -> None:
    """Print these fields in at most `width` cells."""
    language = current_language()
    day = moment(row.record.start_time)
    rows = [
        (field.wire, _says(field, row, day, language), field.zh if language == "zh" else field.en) for field in fields
    ]
    headings = [heading.of(language) for heading in _HEADINGS]
    natural = [max(cells(line[column]) for line in [headings, *rows]) for column in range(len(_HEADINGS))]
    room = width - natural[0] - 2 * len(_GAP)
    says = min(natural[1], max(room - natural[2], room // 2, SAYS_CELLS_MIN))
    about = max(min(natural[2], room - says), ABOUT_CELLS_MIN)
    click.secho(_line(headings, (natural[0], says)), bold=True)
    for wire, said, explained in rows:
        for parts in zip_longest([wire], _folded(said, says), _folded(explained, about), fillvalue=""):
            click.echo(_line(parts, (natural[0], says)))


def _says(field: Field, row: Recorded, day: str, language: str) -> str:
    """The value with its meaning; moments of the day on which the session began are shown without their date."""
    value, meaning = value_of(field, row), meaning_of(field, row, language)
    is_same_day = field.unit == "epoch ms" and meaning[:_DATE_CHARS] == day[:_DATE_CHARS]
    if is_same_day and meaning[-_OFFSET_CHARS:] == day[-_OFFSET_CHARS:]:
        meaning = meaning[_TIME]
    return visible(f"{value} · {meaning}" if meaning and meaning != value else value)


def _line(parts: Iterable[str], widths: tuple[int, int]) -> str:
    first, second, third = parts
    return _GAP.join((_filled(first, widths[0]), _filled(second, widths[1]), third)).rstrip()


def _filled(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def _folded(text: str, width: int) -> Iterator[str]:
    """`text` in lines of at most `width` cells; a word that is longer than a line is broken."""
    for line in [text] if cells(text) <= width else wrapped(text, width - _OVERHANG_CELLS):
        kept = ""
        for character in line:
            if cells(kept) + cells(character) > width:
                yield kept
                kept = ""
            kept += character
        yield kept
