"""Small numbers for texts: asked for once, forgotten with their transaction, remembered up to a bound."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from afterchat.store.sql.names import Names


class CountingDatabase:
    """Stands for a connection: gives numbers in order and notes what it was asked."""

    sql = None

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.asked: list[str] = []

    def execute(self, sql: str, values: tuple[str]) -> SimpleNamespace:
        (text,) = values
        if sql == "insert":
            self.numbers[text] = len(self.numbers) + 1
            return SimpleNamespace()
        assert sql == "find"
        self.asked.append(text)
        return SimpleNamespace(get=self.numbers.get(text))

    def last_insert_rowid(self) -> int:
        return len(self.numbers)


@pytest.fixture
def database() -> CountingDatabase:
    return CountingDatabase()


@pytest.fixture
def names() -> Names:
    return Names(lambda _: {"find": "find", "insert": "insert"}, "find", "insert")


def test_a_new_text_gets_a_number_and_keeps_it(names: Names, database: CountingDatabase) -> None:
    assert [1, 2, 1, 2] == [names.number(database, text) for text in ("甲", "乙", "甲", "乙")]


def test_a_text_without_a_number_has_none_and_is_given_none(names: Names, database: CountingDatabase) -> None:
    assert names.find(database, "甲") is None
    assert {} == database.numbers


def test_the_database_is_asked_once_for_a_text_it_knows(names: Names, database: CountingDatabase) -> None:
    database.numbers["甲"] = 7

    assert [7, 7, 7] == [names.find(database, "甲"), names.number(database, "甲"), names.find(database, "甲")]
    assert ["甲"] == database.asked


def test_what_was_numbered_is_not_asked_for_again(names: Names, database: CountingDatabase) -> None:
    names.number(database, "甲")
    names.find(database, "甲")

    assert ["甲"] == database.asked


def test_what_committed_is_remembered_in_later_transactions(names: Names, database: CountingDatabase) -> None:
    names.number(database, "甲")
    names.keep()
    names.begin()

    assert 1 == names.find(database, "甲")
    assert ["甲"] == database.asked


def test_what_was_rolled_back_is_forgotten(names: Names, database: CountingDatabase) -> None:
    names.begin()
    names.number(database, "甲")
    database.numbers.clear()
    names.begin()

    assert names.find(database, "甲") is None
    assert (1, 2) == (names.number(database, "乙"), names.number(database, "甲"))


def test_a_commit_keeps_nothing_that_an_earlier_rollback_took_away(names: Names, database: CountingDatabase) -> None:
    names.number(database, "甲")
    names.begin()
    database.numbers.clear()
    names.number(database, "乙")
    names.keep()

    assert names.find(database, "甲") is None


def test_at_most_4096_texts_are_remembered_and_the_rest_is_asked_for(names: Names, database: CountingDatabase) -> None:
    for number in range(4097):
        names.begin()
        names.number(database, str(number))
        names.keep()
    database.asked.clear()

    assert [4095, 4096, 4097] == [names.find(database, text) for text in ("4094", "4095", "4096")]
    assert ["4096"] == database.asked
