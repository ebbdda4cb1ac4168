"""What a command prints: tables for people, JSON for scripts, and nothing that was not asked for.

Rules
- With `--json` a list is one JSON object a line (NDJSON), anything else is one JSON document on one line.
- A table that is too wide shows moments to the minute, then puts long sentences on lines of their own beneath.
- Data goes to stdout, remarks go to stderr, so a pipe carries data only.
- No colours and no shortening unless stdout is a terminal; COLUMNS shortens a pipe, too.
- Whatever a stranger wrote passes through `visible` first.
- JSON keys are English and stay; headings are in the reader's language and may change.

What does not belong here: what the data means.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import click

from afterchat.cli.command import current_language, is_json_wanted
from afterchat.cli.language import Text
from afterchat.cli.visible import json_line, visible
from afterchat.cli.wrapping import cells, wrapped

__all__ = [
    "Column",
    "Growing",
    "moment",
    "print_document",
    "print_raw",
    "print_rows",
    "remark",
    "short_moment",
    "shortened",
]

_PIPE_CELLS_MAX = 100_000
"""Width of a pipe without COLUMNS: nothing a program reads is shortened."""
_FLEXIBLE_CELLS_MIN = 8
_BENEATH_CELLS_MIN = 20
_NOTHING = ("", "-")
_GAP_CELLS = 2
_MINUTE_CHARS = len("2026-01-31 08:00")
_MOMENT_CHARS = len("2026-01-31 08:00:00+0800")

Row = Mapping[str, Any]


class Column(NamedTuple):
    """One column of a table: where its value comes from and how people see it."""

    key: str
    heading: Text
    show: Callable[[Any], str] = str
    is_flexible: bool = False
    """May be shortened when the table is too wide."""
    is_optional: bool = False
    """May be left out when shortening is not enough; JSON always has it."""
    is_number: bool = False
    show_narrow: Callable[[Any], str] | None = None
    """A shorter way to show the value, taken when the table is too wide."""
    is_beneath: bool = False
    """Stands whole on lines of its own beneath its row when the table is too wide."""


def moment(at_ms: int | None) -> str:
    """Epoch milliseconds as local time with its offset; "-" for none, the bare number when no calendar has it."""
    if at_ms is None:
        return "-"
    try:
        return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S%z")
    except (OverflowError, OSError, ValueError):
        return str(at_ms)


def short_moment(at_ms: int | None) -> str:
    """The same to the minute and without the offset, for narrow tables."""
    text = moment(at_ms)
    return text[:_MINUTE_CHARS] if len(text) == _MOMENT_CHARS else text


def print_rows(columns: Sequence[Column], rows: Iterable[Row], empty: Text | None = None) -> int:
    """Print a list: NDJSON, or a table; with no rows people read `empty` on stderr.

    Returns the number of rows.
    """
    if is_json_wanted():
        count = 0
        for row in rows:
            _print_json(row)
            count += 1
        return count
    kept = list(rows)
    if kept:
        _print_table(columns, kept)
    elif empty is not None:
        remark(empty)
    return len(kept)


class Growing:
    """A list that goes on while it is read: one heading, and columns that never become narrower.

    Its columns are as wide as they are: nothing stands beneath a row.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._natural: Sequence[int] = ()

    def print_rows(self, rows: Sequence[Row]) -> None:
        """Print what came, as `print_rows` would, the heading only where it is the first."""
        if is_json_wanted() or not rows:
            print_rows(self._columns, rows)
            return
        grid = _grid(self._columns, rows)
        is_first = not self._natural
        wide = self._natural or grid.natural
        self._natural = [max(pair) for pair in zip(grid.natural, wide, strict=True)]
        width = _width()
        heading, *lines = _rendered(grid, _fitted(grid.columns, self._natural, width), width)
        click.echo("\n".join([heading, *lines] if is_first else lines))


def print_document(lines: Sequence[Column], document: Row) -> None:
    """Print one thing: a JSON document, or one line for each of `lines` with its heading before it."""
    if is_json_wanted():
        _print_json(document)
        return
    language = current_language()
    width = max(cells(line.heading.of(language)) for line in lines)
    for line in lines:
        heading = line.heading.of(language)
        click.echo(f"{heading}{' ' * (width - cells(heading))}  {_cell(line, document)}".rstrip())


def print_raw(data: bytes) -> None:
    """Print exactly these bytes, nothing added."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def remark(text: Text, **values: object) -> None:
    """Say something to the person on stderr; scripts that read stdout never see it."""
    click.echo(visible(text.say(current_language(), **values)), err=True)


def shortened(text: str, width: int) -> str:
    """`text` in at most `width` cells, with an ellipsis when something was cut."""
    if cells(text) <= width:
        return text
    kept, room = "", max(width - 1, 0)
    for character in text:
        room -= cells(character)
        if room < 0:
            break
        kept += character
    return kept + "…"


def _print_json(value: Any) -> None:
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
    click.echo(json_line(value, is_ascii=encoding not in {"utf-8", "utf8"}))


def _cell(column: Column, row: Row) -> str:
    value = row.get(column.key)
    return "-" if value is None else visible(column.show(value))


class _Grid(NamedTuple):
    """The cells of a table as text, and how wide each column would like to be."""

    columns: Sequence[Column]
    lines: Sequence[Sequence[str]]
    natural: Sequence[int]

    @property
    def width(self) -> int:
        return sum(self.natural) + _GAP_CELLS * (len(self.columns) - 1)


def _print_table(columns: Sequence[Column], rows: Sequence[Row]) -> None:
    width = _width()
    grid = _grid(columns, rows)
    beneath: Sequence[Column] = ()
    if grid.width > width:
        columns = [column._replace(show=column.show_narrow or column.show) for column in columns]
        grid = _grid(columns, rows)
    if grid.width > width:
        beneath = [column for column in columns if column.is_beneath]
        grid = _grid([column for column in columns if not column.is_beneath], rows)
    kept = _fitted(grid.columns, grid.natural, width)
    grid, tails = _folded(grid, kept) if beneath else (grid, [()] * len(rows))
    heading, *lines = _rendered(grid, kept, width)
    click.echo(heading)
    indent = " " * (kept[0][1] + _GAP_CELLS)
    sentence_cells = max(width - len(indent), _BENEATH_CELLS_MIN)
    for row, line, tail in zip(rows, lines, tails, strict=True):
        click.echo("\n".join((line, *tail)))
        for sentence in (_cell(column, row) for column in beneath):
            for more in wrapped(sentence, sentence_cells) if sentence not in _NOTHING else ():
                click.echo(f"{indent}{more}")


def _grid(columns: Sequence[Column], rows: Sequence[Row]) -> _Grid:
    language = current_language()
    lines = [[_cell(column, row) for column in columns] for row in rows]
    natural = [
        max(cells(column.heading.of(language)), *(cells(line[index]) for line in lines))
        for index, column in enumerate(columns)
    ]
    return _Grid(columns, lines, natural)


def _folded(grid: _Grid, kept: Sequence[tuple[int, int]]) -> tuple[_Grid, Sequence[Sequence[str]]]:
    """The grid with long text in its last column broken off, and what follows of it, as lines, for each row."""
    *others, (last, cell_count) = kept
    if not grid.columns[last].is_flexible:
        return grid, [()] * len(grid.lines)
    indent = " " * sum(count + _GAP_CELLS for _, count in others)
    folded = [wrapped(line[last], cell_count) for line in grid.lines]
    lines = [[*line[:last], parts[0], *line[last + 1 :]] for line, parts in zip(grid.lines, folded, strict=True)]
    return grid._replace(lines=lines), [[indent + part for part in parts[1:]] for parts in folded]


def _rendered(grid: _Grid, kept: Sequence[tuple[int, int]], width: int) -> list[str]:
    """The line of headings and one line for each row."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Plain

    language = current_language()
    table = Table(box=None, pad_edge=False, padding=(0, _GAP_CELLS, 0, 0), header_style="bold")
    for index, cell_count in kept:
        column = grid.columns[index]
        heading = shortened(column.heading.of(language), cell_count)
        table.add_column(
            Plain(heading), no_wrap=True, min_width=cell_count, justify="right" if column.is_number else "left"
        )
    for line in grid.lines:
        table.add_row(*(Plain(shortened(line[index], cell_count)) for index, cell_count in kept))
    used = sum(cell_count + _GAP_CELLS for _, cell_count in kept)
    is_terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=max(width, used), force_terminal=is_terminal, highlight=False)
    with console.capture() as captured:
        console.print(table)
    return [line.rstrip() for line in captured.get().splitlines()]


def _width() -> int:
    if os.environ.get("COLUMNS", "").isdigit():
        return int(os.environ["COLUMNS"])
    return os.get_terminal_size(sys.stdout.fileno()).columns if sys.stdout.isatty() else _PIPE_CELLS_MAX


def _fitted(columns: Sequence[Column], natural: Sequence[int], width: int) -> list[tuple[int, int]]:
    """(index, cells) of the columns that are shown: flexible ones shrink, then optional ones leave from the right."""
    shown = list(range(len(columns)))
    while True:
        fixed = sum(natural[index] for index in shown if not columns[index].is_flexible)
        flexible = [index for index in shown if columns[index].is_flexible]
        room = width - fixed - _GAP_CELLS * (len(shown) - 1)
        optional = [index for index in shown if columns[index].is_optional]
        if room >= _FLEXIBLE_CELLS_MIN * len(flexible) or not optional:
            shares = _shares([natural[index] for index in flexible], room)
            widths = dict(zip(flexible, shares, strict=True))
            return [(index, widths.get(index, natural[index])) for index in shown]
        shown.remove(optional[-1])


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """Divide `room` so that the narrow get what they want and the wide share the rest."""
    shares = [0] * len(wanted)
    left = room
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    for position, index in enumerate(order):
        fair = max(left // (len(order) - position), _FLEXIBLE_CELLS_MIN)
        shares[index] = min(wanted[index], fair)
        left -= shares[index]
    return shares
