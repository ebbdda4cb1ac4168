"""Named SQL, read from `.sql` files.

A file is a list of queries, each of which opens with its name and one line of purpose:

    -- name: last_push_id
    -- The greatest id in use, 0 in an empty inbox.
    SELECT coalesce(max(id), 0) FROM push;

Rules
- SQL stands in `.sql` files only; code knows queries by name.
- A query without a purpose, or a name given twice, is a mistake of ours and raises ValueError when the file is read.

What does not belong here: running SQL, or knowing any database.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

__all__ = ["parse_queries", "read_queries"]

_NAME = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)$", re.MULTILINE)


def read_queries(file: Path) -> Mapping[str, str]:
    """The queries of one `.sql` file by name; raises ValueError when the file breaks the rules above."""
    return parse_queries(file.read_text("utf-8"), where=str(file))


def parse_queries(text: str, where: str) -> Mapping[str, str]:
    """The queries in `text` by name, without their names and purposes; `where` is for messages."""
    matches = list(_NAME.finditer(text))
    ends = [match.start() for match in matches[1:]] + [len(text)]
    queries: dict[str, str] = {}
    for match, end in zip(matches, ends, strict=True):
        name = match["name"]
        if name in queries:
            raise ValueError(f"{where}: there are two queries named '{name}'; rename one")
        purpose, _, sql = text[match.end() : end].strip().partition("\n")
        if not purpose.startswith("-- ") or not sql.strip():
            raise ValueError(f"{where}: query '{name}' needs one line of purpose (`-- ...`) and then its SQL")
        queries[name] = sql.strip()
    return MappingProxyType(queries)
