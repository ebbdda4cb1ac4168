"""The faults that `mutate.py` plants: one change of one place in a module's syntax, told in a few words.

Rules
- A change is one that a tired person could make: another comparison, a bound off by one, a forgotten statement.
- Docstrings, annotations, imports, decorators, bases and `__all__` are left alone: a linter or the types watch those.
- The order is that of the file, so a run can be repeated and cut by lines.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Container, Iterator
from typing import Any, NamedTuple

__all__ = ["Mutation", "mutations_of"]

CHANGE_CHARACTERS_MAX = 70

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
}
BOUNDS = re.compile(r"\{([0-9]+)(?:,([0-9]+))?\}")
SKIPPED_FIELDS = {"annotation", "returns", "decorator_list", "bases", "ctx", "type_params"}


class Mutation(NamedTuple):
    """One change."""

    line: int
    change: str
    text: str
    """The whole module with that change."""


class _Place(NamedTuple):
    """Where a node hangs in the tree."""

    holder: ast.AST
    field: str
    position: int | None
    node: ast.AST

    def put(self, node: ast.AST) -> None:
        if self.position is None:
            setattr(self.holder, self.field, node)
        else:
            getattr(self.holder, self.field)[self.position] = node


def mutations_of(source: str, lines: Container[int] | None = None) -> Iterator[Mutation]:
    """Every mutation of a module, in the order of its lines; only those of `lines` when they are given."""
    tree = ast.parse(source)
    for place in sorted(_places(tree), key=lambda place: _line(place.node)):
        if lines is not None and _line(place.node) not in lines:
            continue
        for change in CHANGES:
            for shown, replacement in change(place.node):
                place.put(replacement)
                yield Mutation(_line(place.node), shown, ast.unparse(ast.fix_missing_locations(tree)))
        place.put(place.node)


def _places(holder: ast.AST) -> Iterator[_Place]:
    """Every node that may be changed, outer ones first."""
    for field, value in ast.iter_fields(holder):
        if field in SKIPPED_FIELDS or (isinstance(holder, ast.ClassDef) and field == "keywords"):
            continue
        nodes = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, node in nodes:
            if not isinstance(node, ast.AST) or _is_left_alone(node):
                continue
            if isinstance(node, ast.arguments):
                yield from (place for place in _places(node) if isinstance(place.node, ast.Constant))
            else:
                yield _Place(holder, field, index, node)
                yield from _places(node)


def _line(node: ast.AST) -> int:
    """The line of a node; that of its filter for a comprehension's `for`, which has none of its own."""
    if isinstance(node, ast.comprehension):
        return node.iter.lineno
    return getattr(node, "lineno", 0)


def _is_left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True  # a docstring
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"__all__", "__slots__"}


def _changed(node: Any, **fields: Any) -> tuple[str, Any]:
    replacement = copy.copy(node)
    for name, value in fields.items():
        setattr(replacement, name, value)
    return f"{_shown(node)} -> {_shown(replacement)}", replacement


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= CHANGE_CHARACTERS_MAX else text[: CHANGE_CHARACTERS_MAX - 1] + "…"


def _comparisons(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Compare):
        for position, operator in enumerate(node.ops):
            for other in COMPARISONS[type(operator)]:
                yield _changed(node, ops=[*node.ops[:position], other(), *node.ops[position + 1 :]])


def _logic(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.BoolOp):
        yield _changed(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield f"{_shown(node)} -> {_shown(node.operand)}", node.operand
    if isinstance(node, ast.If | ast.While | ast.IfExp) and not isinstance(node.test, ast.Compare | ast.UnaryOp):
        test = ast.UnaryOp(ast.Not(), node.test)
        other = copy.copy(node)
        other.test = test
        yield f"if {_shown(node.test)} -> if {_shown(test)}", other


def _arithmetic(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in ARITHMETIC:
        yield _changed(node, op=ARITHMETIC[type(node.op)]())


def _constants(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    others: list[Any] = []
    if isinstance(value, bool):
        others = [not value]
    elif isinstance(value, int | float):
        others = [value + 1, value - 1]
    elif isinstance(value, str):
        others = ["" if value else "mutated"]
    elif isinstance(value, bytes):
        others = [b"" if value else b"mutated"]
    for other in [*others, *_other_bounds(value)]:
        yield f"{_shown(node)} -> {_shown(ast.Constant(other))}", ast.Constant(other)


def _other_bounds(pattern: Any) -> Iterator[str | bytes]:
    """A pattern with each of its bounds, as in `[0-9]{1,19}`, greater by one."""
    if not isinstance(pattern, str | bytes):
        return
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    for bounds in BOUNDS.finditer(text):
        for group in range(1, 3):
            if bounds[group]:
                other = text[: bounds.start(group)] + str(int(bounds[group]) + 1) + text[bounds.end(group) :]
                yield other if isinstance(pattern, str) else other.encode("latin-1")


def _statements(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Return) and node.value is not None and _shown(node.value) != "None":
        yield f"{_shown(node)} -> return None", ast.Return(ast.Constant(None))
    is_plain_name = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    droppable = ast.Expr | ast.Assign | ast.AugAssign | ast.Raise | ast.Continue | ast.Break | ast.Delete | ast.Assert
    if isinstance(node, droppable) and not is_plain_name:
        yield f"{_shown(node)} -> pass", ast.Pass()
    if isinstance(node, ast.Return) and node.value is None:
        yield "return -> pass", ast.Pass()


def _parts(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Something left out: a keyword argument, a bound, a filter, an exception among several."""
    if isinstance(node, ast.Call):
        for position, keyword in enumerate(node.keywords):
            if keyword.arg is not None:
                yield _changed(node, keywords=[*node.keywords[:position], *node.keywords[position + 1 :]])
    if isinstance(node, ast.Slice):
        for bound in ("lower", "upper"):
            if getattr(node, bound) is not None:
                yield _changed(node, **{bound: None})
    if isinstance(node, ast.comprehension) and node.ifs:
        other = copy.copy(node)
        other.ifs = []
        yield f"if {_shown(node.ifs[0])} -> no filter", other
    if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Tuple):
        for position, dropped in enumerate(node.type.elts):
            other_handler = copy.copy(node)
            kept = [*node.type.elts[:position], *node.type.elts[position + 1 :]]
            other_handler.type = ast.Tuple(kept, ast.Load())
            yield f"except {_shown(dropped)} -> not caught", other_handler


CHANGES: tuple[Callable[[ast.AST], Iterator[tuple[str, ast.AST]]], ...] = (
    _comparisons,
    _logic,
    _arithmetic,
    _constants,
    _statements,
    _parts,
)
