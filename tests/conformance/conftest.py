"""Every test of the suite runs over every adapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from afterchat.store.open import Store
from conformance.adapters import ADAPTERS, new_store


@pytest.fixture(params=ADAPTERS)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A new, empty store that this test alone writes; its quarantine holds three."""
    with new_store(request.param) as opened:
        yield opened
