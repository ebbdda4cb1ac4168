"""Chance that is the same everywhere, and has the shapes that it says."""

import ast
from pathlib import Path
from random import Random
from statistics import mean

import pytest

from afterchat.simulator.centre import draws
from afterchat.simulator.centre.draws import NARROW, STEADY, WIDE, Chance, Weighted


def test_everything_follows_from_the_one_method_that_python_promises():
    chance = Chance(12)
    stream = Random(12).random
    assert [chance.random() for _ in range(5)] == [stream() for _ in range(5)]


def test_nothing_is_drawn_by_a_library_that_differs_between_machines():
    syntax = ast.parse(Path(draws.__file__).read_text("utf-8"))
    used = {node.attr for node in ast.walk(syntax) if isinstance(node, ast.Attribute) and node_is(node, "math")}
    assert {"sqrt"} == used


def node_is(node, name):
    return isinstance(node.value, ast.Name) and node.value.id == name


def test_known_draws_stay_as_they_are():
    chance = Chance(1)
    drawn = (
        [chance.between(1, 6) for _ in range(8)],
        [chance.heavy(1000, WIDE) for _ in range(4)],
        [round(chance.exponential(), 12) for _ in range(4)],
    )
    expected = (
        [1, 6, 5, 2, 3, 3, 4, 5],
        [267, 141, 2778, 849],
        [2.901427457611, 0.939149162779, 0.029040787575, 0.437887593651],
    )
    assert expected == drawn


def test_whole_numbers_include_both_ends():
    chance = Chance(3)
    assert {4, 5, 6} == {chance.between(4, 6) for _ in range(200)}


def test_exponential_has_mean_and_deviation_one():
    chance = Chance(4)
    drawn = [chance.exponential() for _ in range(20_000)]
    assert abs(mean(drawn) - 1) < 0.03
    assert abs(mean(value * value for value in drawn) - 2) < 0.12
    assert abs(mean(value > 3 for value in drawn) - 0.0498) < 0.006


@pytest.mark.parametrize(("tail", "p90"), [(WIDE, 3.602), (STEADY, 2.615), (NARROW, 1.898)])
def test_heavy_tails_have_their_median_and_their_tenth(tail, p90):
    chance = Chance(5)
    drawn = sorted(chance.heavy(100_000, tail) for _ in range(20_000))
    assert abs(drawn[10_000] / 100_000 - 1) < 0.03
    assert abs(drawn[18_000] / 100_000 / p90 - 1) < 0.05


def test_counts_are_geometric():
    chance = Chance(6)
    assert abs(mean(chance.count(0.75) for _ in range(20_000)) - 3) < 0.1


def test_weighted_values_come_in_their_shares():
    chance = Chance(7)
    table = Weighted({"a": 1, "b": 3, "c": 0})
    drawn = [table.draw(chance) for _ in range(20_000)]
    assert {"a", "b"} == set(drawn)
    assert abs(drawn.count("b") / 20_000 - 0.75) < 0.02


def test_the_last_value_is_drawn_even_at_the_very_end():
    class AtTheEnd:
        def random(self):
            return 1.0

    assert "b" == Weighted({"a": 1, "b": 2}).draw(AtTheEnd())
