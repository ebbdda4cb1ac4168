"""The faults that are planted to test the tests: what is changed, and what is left alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import ModuleType

import pytest

from tree import ROOT


@pytest.fixture(name="tool")
def _tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import mutations

    return mutations


@pytest.mark.parametrize(
    ("source", "changes"),
    [
        ("found = a < b", ["a < b -> a <= b", "a < b -> a >= b"]),
        ("found = a and b", ["a and b -> a or b"]),
        ("found = not a", ["not a -> a"]),
        ("found = a + b", ["a + b -> a - b"]),
        ("found = True", ["True -> False"]),
        ("found = 7", ["7 -> 8", "7 -> 6"]),
        ("found = 'x'", ["'x' -> ''"]),
        ("found = b''", ["b'' -> b'mutated'"]),
        ("found = '[0-9]{1,19}'", [f"'[0-9]{{1,19}}' -> {other!r}" for other in ("", "[0-9]{2,19}", "[0-9]{1,20}")]),
        ("call(a)", ["call(a) -> pass"]),
        ("found = call(key=a)", ["call(key=a) -> call()"]),
        ("found = a[b:c]", ["b:c -> :c", "b:c -> b:"]),
        ("found = [a for a in b if c]", ["if c -> no filter"]),
        ("if a:\n    found = b", ["if a -> if not a"]),
        ("def f():\n    return a", ["return a -> return None"]),
        ("try:\n    a = b\nexcept (C, D):\n    a = c", ["except C -> not caught", "except D -> not caught"]),
        ('"""A docstring."""', []),
        ("import a\nfrom b import c", []),
        ("__all__ = ['a']", []),
        ("def f(a: 'b') -> 'c': ...", []),
    ],
)
def test_a_place_is_changed_in_the_ways_of_its_kind(tool, source, changes):
    assert [mutation.change for mutation in tool.mutations_of(source)] == changes


def test_each_mutant_is_a_module_of_its_own_with_one_change(tool):
    source = (ROOT / "src" / "afterchat" / "contract" / "webhooks.py").read_text("utf-8")
    unchanged = ast.unparse(ast.parse(source))
    texts = [mutation.text for mutation in tool.mutations_of(source)]
    assert len(texts) > 40
    assert unchanged not in texts
    for text in texts:
        compile(text, "mutant", "exec")


def test_mutants_come_in_the_order_of_their_lines(tool):
    source = "a = [b for b in c if d]\nif a < 1:\n    e = 'x'\n"
    lines = [mutation.line for mutation in tool.mutations_of(source)]
    assert lines == sorted(lines)
    assert set(lines) == {1, 2, 3}


def test_only_the_lines_that_were_asked_for_are_changed(tool):
    source = "a = 1\nb = 2\nc = 3\n"
    assert [mutation.change for mutation in tool.mutations_of(source, range(2, 3))] == ["2 -> 3", "2 -> 1"]


def test_every_mutant_that_is_called_equivalent_still_stands_in_its_module(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import mutate
    import mutations

    listed = mutate.read_equivalent()
    possible = set()
    for module in {module for module, _, _ in listed}:
        source = mutate.path_of(ROOT, module).read_text("utf-8")
        lines = [line.strip() for line in source.splitlines()]
        named = {number for number, line in enumerate(lines, 1) if any(one[1].endswith(line) for one in listed if line)}
        for one in mutations.mutations_of(source, named):
            line = lines[one.line - 1]
            possible |= {(module, text, one.change) for text in (line, f"{lines[one.line - 2]}\n{line}")}
    assert listed - possible == set()
