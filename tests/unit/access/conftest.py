"""A house in memory for every test of this room."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from access_house import QUICK, House, SetClock
from afterchat.access.passwords import Passwords
from afterchat.store.open import open_store


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(QUICK)
    yield made
    made.close()


@pytest.fixture
def house(passwords: Passwords) -> Iterator[House]:
    store = asyncio.run(open_store("sqlite://", frozenset()))
    yield House(store, SetClock(), passwords)
    asyncio.run(store.close())
